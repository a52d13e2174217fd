// SPDX-License-Identifier: GPL-3.0-or-later
// A support agent on Element's own SDK. One process is one device. It is told what to do by JSON lines on
// standard input and answers with JSON lines: {"id": 1, "op": "login", …} → {"id": 1, "result": …} or
// {"id": 1, "error": "…"}. The SDK's log goes to standard error. ../agent.py is the other end.

import readline from 'node:readline';

// The SDK binds the console when it is loaded, so standard output is freed before.
for (const name of ['log', 'info', 'debug', 'trace']) console[name] = console.error;
const sdk = await import('matrix-js-sdk');
const api = await import('matrix-js-sdk/lib/crypto-api/index.js');
const { logger } = await import('matrix-js-sdk/lib/logger.js');
logger.setLevel(process.env.AGENT_LOG ?? 'silent');

const WAIT_MS = 60_000;
let client;
let secretStorageKey;       // the agent's recovery key, once made or given
let waiters = [];           // functions that look again after each event
const seen = new Set();     // users whose devices the SDK has looked up
let verification;           // { request, sas }: the last that was asked for, by either side
let echo;                   // { reply }: join what we are invited to, answer what we read

const wake = () => { for (const look of [...waiters]) look(); };

// Resolves with the first truthy value of `look`, which is asked again after every event.
function until(look, what, timeout = WAIT_MS) {
  return new Promise((resolve, reject) => {
    const again = () => {
      const value = look();
      if (!value) return;
      clearTimeout(timer);
      waiters = waiters.filter(other => other !== again);
      resolve(value);
    };
    const timer = setTimeout(async () => {
      waiters = waiters.filter(other => other !== again);
      const rooms = await Promise.all(client.getRooms().map(async room => [room.roomId, await messages(room)]));
      reject(new Error(`waited in vain for ${what}; rooms: ${JSON.stringify(rooms)}`));
    }, timeout);
    waiters.push(again);
    again();
  });
}

function roomOf(id) {
  const room = client.getRoom(id);
  if (!room) throw new Error(`no room ${id}`);
  return room;
}

const isMessage = event => event.getType() === 'm.room.message' || event.getType() === 'm.room.encrypted';

// What Element would draw: the text, or why there is none, and the shield beside it.
async function messages(room) {
  const events = room.getLiveTimeline().getEvents().filter(isMessage);
  return Promise.all(events.map(async event => {
    const info = await client.getCrypto().getEncryptionInfoForEvent(event);
    return {
      event_id: event.getId(),
      sender: event.getSender(),
      body: event.isDecryptionFailure() ? null : event.getContent().body,
      encrypted: event.isEncrypted(),
      failure: event.isDecryptionFailure() ? event.decryptionFailureReason : null,
      shield: info && info.shieldColour !== api.EventShieldColour.NONE
        ? `${api.EventShieldColour[info.shieldColour]} ${api.EventShieldReason[info.shieldReason]}` : null,
    };
  }));
}

const readable = room => room.getLiveTimeline().getEvents()
  .filter(event => isMessage(event) && !event.isDecryptionFailure() && !event.isBeingDecrypted())
  .map(event => event.getContent().body);

const operations = {
  // A new device. Without a recovery key the account gets its cross-signing identity, secret storage and
  // backup, as Element does after registration; with one the device is signed by the identity that exists.
  async login({ homeserver, user, password, recovery_key, passphrase, sign = true, backup = true }) {
    const anonymous = sdk.createClient({ baseUrl: homeserver, logger });
    const account = await anonymous.loginRequest({
      type: 'm.login.password', identifier: { type: 'm.id.user', user }, password });
    client = sdk.createClient({
      baseUrl: homeserver, accessToken: account.access_token, userId: account.user_id, deviceId: account.device_id,
      logger,
      cryptoCallbacks: {
        getSecretStorageKey: async ({ keys }) => [Object.keys(keys)[0], secretStorageKey],
        cacheSecretStorageKey: (_id, _info, key) => { secretStorageKey = key; },
      },
    });
    await client.initRustCrypto({ useIndexedDB: false });
    const crypto = client.getCrypto();
    crypto.setDeviceIsolationMode(new api.OnlySignedDevicesIsolationMode());

    client.on(sdk.RoomEvent.Timeline, event => { answer(event); wake(); });
    client.on(sdk.MatrixEventEvent.Decrypted, event => { answer(event); wake(); });
    client.on(sdk.RoomEvent.MyMembership, (room, membership) => {
      if (echo && membership === 'invite') acceptLikeAPerson(room.roomId);
      wake();
    });
    client.on(api.CryptoEvent.DevicesUpdated, users => { for (const user of users) seen.add(user); wake(); });
    client.on(api.CryptoEvent.VerificationRequestReceived, follow);
    client.on(sdk.RoomStateEvent.Members, wake);
    client.on(sdk.ClientEvent.Sync, wake);
    await client.startClient({ initialSyncLimit: 50, lazyLoadMembers: true });
    await until(() => client.isInitialSyncComplete(), 'the first sync');

    if (recovery_key) {
      secretStorageKey = api.decodeRecoveryKey(recovery_key);
      await crypto.userHasCrossSigningKeys(account.user_id, true);   // the import compares with the published keys
      await crypto.bootstrapCrossSigning({});
      if (backup) {
        await crypto.loadSessionBackupPrivateKeyFromSecretStorage();
        await crypto.checkKeyBackupAndEnable();
      }
    } else if (sign) {
      await crypto.bootstrapCrossSigning({
        authUploadDeviceSigningKeys: request => request({
          type: 'm.login.password', identifier: { type: 'm.id.user', user: account.user_id }, password }),
      });
      const key = await crypto.createRecoveryKeyFromPassphrase(passphrase);
      await crypto.bootstrapSecretStorage({ createSecretStorageKey: async () => key, setupNewKeyBackup: backup });
      recovery_key = key.encodedPrivateKey;
    }
    return { user_id: account.user_id, device_id: account.device_id, recovery_key };
  },

  async invitations({ count = 1, timeout }) {
    const invited = () => client.getRooms().filter(room => room.getMyMembership() === 'invite');
    await until(() => invited().length >= count, `${count} invitation(s)`, timeout);
    return invited().map(room => ({
      room_id: room.roomId, from: room.getDMInviter(), encrypted: room.hasEncryptionStateEvent() }));
  },

  async rooms() {
    return client.getRooms().map(room => ({ room_id: room.roomId, membership: room.getMyMembership() }));
  },

  // Waits until the SDK has looked up somebody's devices by itself.
  async knows({ user, timeout }) {
    await until(() => seen.has(user), `the devices of ${user}`, timeout);
  },

  async join({ room }) {
    return accept(room);
  },

  // Joins a room that anybody may join.
  async enter({ room }) {
    await client.joinRoom(room);
    await until(() => client.getRoom(room)?.getMyMembership() === 'join', 'the join');
  },

  async rename({ name }) {
    await client.setDisplayName(name);
  },

  async leave({ room }) {
    await client.leave(room);
    await until(() => client.getRoom(room).getMyMembership() === 'leave', 'the leave');
  },

  // Waits until so many have joined, as the SDK sees it.
  async members({ room, joined, timeout }) {
    await until(() => client.getRoom(room)?.getJoinedMemberCount() === joined, `${joined} member(s)`, timeout);
  },

  async send({ room, body }) {
    return (await client.sendTextMessage(room, body)).event_id;
  },

  async messages({ room }) {
    return messages(roomOf(room));
  },

  // Waits until each of the texts can be read in the room, and returns all messages.
  async expect({ room, bodies, timeout }) {
    await until(() => {
      const seen = client.getRoom(room) ? readable(client.getRoom(room)) : [];
      return bodies.every(body => seen.includes(body));
    }, JSON.stringify(bodies), timeout);
    return messages(roomOf(room));
  },

  // Waits until the SDK has made up its mind about as many messages, and returns all.
  async settled({ room, count, timeout }) {
    await until(() => {
      const events = client.getRoom(room)?.getLiveTimeline().getEvents().filter(isMessage) ?? [];
      return events.length >= count && events.every(event =>
        !event.isEncrypted() || event.isDecryptionFailure() || event.getClearContent());
    }, `${count} message(s)`, timeout);
    return messages(roomOf(room));
  },

  // Takes the private key of the account's backup and fetches all room keys; says how many there were and came in.
  async open_backup({ key }) {
    const crypto = client.getCrypto();
    const { version } = await crypto.getKeyBackupInfo();
    await crypto.storeSessionBackupPrivateKey(Uint8Array.from(Buffer.from(key, 'base64')), version);
    await crypto.checkKeyBackupAndEnable();
    return crypto.restoreKeyBackup();
  },

  // Which version of the account's backup is in use.
  async show_backup() {
    return { active: await client.getCrypto().getActiveSessionBackupVersion() };
  },

  // Tells the others that everything up to the newest message was read, as Element does when it is on screen.
  async mark_read({ room }) {
    await client.sendReadReceipt(roomOf(room).getLiveTimeline().getEvents().filter(isMessage).at(-1));
  },

  // From now on: accept every invitation, answer every message. `{}` in the reply stands for its text.
  async echo({ reply }) {
    echo = { reply, answered: new Set() };
    for (const room of client.getRooms()) {
      if (room.getMyMembership() === 'invite') await acceptLikeAPerson(room.roomId);
    }
  },

  // Whether this device is signed by the identity it belongs to, and whether the backup is trusted and used.
  async standing() {
    const crypto = client.getCrypto();
    const status = await crypto.getDeviceVerificationStatus(client.getUserId(), client.getDeviceId());
    return { signed: status.signedByOwner, cross_signing: await crypto.isCrossSigningReady(),
             secret_storage: await crypto.isSecretStorageReady(),
             backup: await crypto.getActiveSessionBackupVersion() };
  },

  // An encrypted room for everybody who wants to join, with its settings of encryption.
  async create_public({ name, encryption = {} }) {
    const { room_id } = await client.createRoom({
      preset: 'public_chat', name,
      initial_state: [{ type: 'm.room.encryption', state_key: '',
                        content: { algorithm: 'm.megolm.v1.aes-sha2', ...encryption } }],
    });
    await until(() => client.getRoom(room_id)?.hasEncryptionStateEvent(), 'the room');
    return room_id;
  },

  // A direct encrypted room, as Element makes it.
  async create_direct({ user }) {
    const { room_id } = await client.createRoom({
      preset: 'trusted_private_chat', is_direct: true, invite: [user],
      initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }],
    });
    // A sync can end in the middle of the creation; keys go only to members who are known by then.
    await until(() => client.getRoom(room_id)?.hasEncryptionStateEvent() &&
      client.getRoom(room_id).getMember(user)?.membership === 'invite', 'the room');
    return room_id;
  },

  // A public room, as Element makes it: anyone may join and, by the default power levels, anyone may post.
  async create_announcements({ alias, name, topic, world_readable = true }) {
    const { room_id } = await client.createRoom({
      preset: 'public_chat', visibility: 'public', room_alias_name: alias, name, topic,
      initial_state: [{ type: 'm.room.history_visibility', state_key: '',
                        content: { history_visibility: world_readable ? 'world_readable' : 'shared' } }],
    });
    await until(() => client.getRoom(room_id), 'the room');
    return room_id;
  },

  async devices_of({ user }) {
    const crypto = client.getCrypto();
    const devices = (await crypto.getUserDeviceInfo([user], true)).get(user) ?? new Map();
    return Promise.all([...devices.keys()].map(async device => ({
      device_id: device,
      signed: (await crypto.getDeviceVerificationStatus(user, device))?.signedByOwner ?? false })));
  },

  // What the SDK remembers of the keys of a room, but for the keys.
  async room_keys({ room }) {
    const keys = JSON.parse(await client.getCrypto().exportRoomKeysAsJson());
    return keys.filter(key => key.room_id === room).map(({ session_id, ...key }) => ({
      session_id, shared_history: key['m.shared_history'] ?? key['org.matrix.msc3061.shared_history'] ?? false }));
  },

  // A to-device message as it is, to one device of somebody.
  async to_device({ type, user, device, content }) {
    await client.sendToDevice(type, new Map([[user, new Map([[device, content]])]]));
  },

  // Asks somebody in a room, or, without a user, the account's own other devices.
  async verify({ user, room }) {
    const crypto = client.getCrypto();
    follow(user ? await crypto.requestVerificationDM(user, room) : await crypto.requestOwnUserVerification());
  },

  // Waits until somebody has asked, and accepts.
  async accept_verification({ timeout }) {
    await until(() => verification?.request.phase === api.VerificationPhase.Requested && !verification.request.initiatedByMe,
      'a request to verify', timeout);
    await verification.request.accept();
  },

  async start_verification() {
    await until(() => verification?.request.phase === api.VerificationPhase.Ready, 'a verification to be ready');
    await verification.request.startVerification('m.sas.v1');
  },

  // Waits until there is something to compare, whoever started.
  async emoji({ timeout }) {
    await until(() => verification?.request.verifier, 'a verification to be started', timeout);
    const { verifier } = verification.request;
    // It ends when the verification does, however that is.
    verifier.verify().catch(() => {}).finally(wake);
    verifier.on(api.VerifierEvent.ShowSas, wake);
    const { sas } = await until(() => verifier.getShowSasCallbacks() ?? cancelled(), 'the emoji', timeout);
    return { emoji: sas.emoji.map(([picture]) => picture), decimals: sas.decimal };
  },

  // What the user does with it: confirm, mismatch or cancel.
  async answer({ act }) {
    const sas = verification.request.verifier?.getShowSasCallbacks();
    if (act === 'confirm') await sas.confirm();
    if (act === 'mismatch') sas.mismatch();
    if (act === 'cancel') await verification.request.cancel();
  },

  // Waits until the verification is so far, and says why it is over.
  async verification({ phase, timeout }) {
    const { request } = await until(() => verification, 'a verification', timeout);
    await until(() => request.phase === api.VerificationPhase[phase], `the verification to be ${phase}`, timeout);
    return { code: request.cancellationCode, user_id: request.otherUserId, device_id: request.otherDeviceId };
  },

  // Whether the SDK holds somebody, or one device, for verified; or waits until it does.
  async verified({ user, device, wait = false, timeout }) {
    const crypto = client.getCrypto();
    let answer;
    const look = async () => {
      answer = device ? (await crypto.getDeviceVerificationStatus(user, device))?.crossSigningVerified ?? false
        : (await crypto.getUserVerificationStatus(user)).isCrossSigningVerified();
      wake();
    };
    const events = [api.CryptoEvent.UserTrustStatusChanged, api.CryptoEvent.DevicesUpdated, sdk.ClientEvent.Sync];
    for (const event of events) client.on(event, look);
    await look();
    if (wait) await until(() => answer, `${device ?? user} to be verified`, timeout);
    for (const event of events) client.off(event, look);
    return answer;
  },

  // As somebody does who lost their recovery key: a new identity, which signs this device.
  async reset_identity({ password }) {
    await client.getCrypto().bootstrapCrossSigning({
      setupNewCrossSigning: true,
      authUploadDeviceSigningKeys: request => request({
        type: 'm.login.password', identifier: { type: 'm.id.user', user: client.getUserId() }, password }),
    });
  },

  // Any event to one device, in clear.
  async to_device({ user, device, type, content }) {
    await client.sendToDevice(type, new Map([[user, new Map([[device, content]])]]));
  },

  // The secrets that the SDK has in its own store; or waits until it has these.
  async secrets({ wait = [], timeout }) {
    const crypto = client.getCrypto();
    let names = [];
    const look = async () => {
      const { privateKeysCachedLocally: has } = await crypto.getCrossSigningStatus();
      names = Object.keys(has).filter(name => has[name]);
      if (await crypto.getSessionBackupPrivateKey()) names.push('backup');
      wake();
    };
    client.on(sdk.ClientEvent.Sync, look);
    await look();
    await until(() => wait.every(name => names.includes(name)), `${wait} of ${names}`, timeout);
    client.off(sdk.ClientEvent.Sync, look);
    return names;
  },

  async logout() {
    await client.logout(true);
  },
};

function follow(request) {
  verification = { request };
  request.on(api.VerificationRequestEvent.Change, wake);
  wake();
}

function cancelled() {
  const { request } = verification;
  if (request.phase === api.VerificationPhase.Cancelled) throw new Error(`cancelled: ${request.cancellationCode}`);
}

// Accepts an invitation that is on the screen.
async function accept(id) {
  await until(() => client.getRoom(id)?.getMember(client.getUserId())?.membership === 'invite', 'the invitation');
  await client.joinRoom(id);
  await until(() => client.getRoom(id).getMyMembership() === 'join', 'the join');
  return id;
}

// Not within the milliseconds in which the SDK looks up who it was that invited.
async function acceptLikeAPerson(id) {
  await until(() => seen.has(client.getRoom(id)?.getDMInviter()), 'a person to find the button', 7000).catch(() => {});
  await accept(id);
}

function answer(event) {
  const mine = !echo || event.getSender() === client.getUserId() || echo.answered.has(event.getId());
  // What cannot be read yet looks like a message that says so; it comes again when it can.
  if (mine || !event.isEncrypted() || event.getType() !== 'm.room.message' || event.isDecryptionFailure()) return;
  if (client.getRoom(event.getRoomId())?.getMyMembership() !== 'join') return;
  echo.answered.add(event.getId());
  client.sendReadReceipt(event);
  client.sendTextMessage(event.getRoomId(), echo.reply.replace('{}', event.getContent().body));
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { id, op, ...words } = JSON.parse(line);
  // Not awaited: a command that waits does not hold up the next one.
  Promise.resolve().then(() => operations[op](words)).then(
    result => process.stdout.write(JSON.stringify({ id, result: result ?? null }) + '\n'),
    error => process.stdout.write(JSON.stringify({ id, error: String(error?.stack ?? error) }) + '\n'));
}
process.exit(0);
