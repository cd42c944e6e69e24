// usage: kafkajs.js URL
// @kafkajs/confluent-schema-registry against a running registry: register, encode, decode, look up, refuse; Avro, JSON Schema, Protobuf.
// Prints each failure and, last, "N passed, N failed".
const assert = require('node:assert')
const { SchemaRegistry, SchemaType, COMPATIBILITY } = require('@kafkajs/confluent-schema-registry')

const host = process.argv[2]
const registry = new SchemaRegistry({ host })
const avro = (fields) => JSON.stringify({ type: 'record', name: 'Trade', namespace: 'demo', fields })
const price = { name: 'price', type: 'double' }
const symbol = { name: 'symbol', type: 'string' }

const tests = {
  'Avro: register, encode, decode': async () => {
    const { id } = await registry.register({ type: SchemaType.AVRO, schema: avro([symbol, price]) }, { subject: 'kafkajs-avro-value' })
    const bytes = await registry.encode(id, { symbol: 'ZVZZT', price: 1.5 })
    assert.strictEqual(bytes.readInt8(0), 0)
    assert.strictEqual(bytes.readInt32BE(1), id)
    assert.deepStrictEqual({ ...(await new SchemaRegistry({ host }).decode(bytes)) }, { symbol: 'ZVZZT', price: 1.5 })
  },
  'Avro: the same schema keeps its id': async () => {
    const again = await new SchemaRegistry({ host }).register({ type: SchemaType.AVRO, schema: avro([symbol, price]) }, { subject: 'kafkajs-avro-value' })
    assert.strictEqual(again.id, await registry.getLatestSchemaId('kafkajs-avro-value'))
    assert.strictEqual(again.id, await registry.getRegistryId('kafkajs-avro-value', 1))
    assert.strictEqual(again.id, await registry.getRegistryIdBySchema('kafkajs-avro-value', { type: SchemaType.AVRO, schema: avro([symbol, price]) }))
  },
  'Avro: an incompatible change is refused': async () => {
    const wanted = { type: SchemaType.AVRO, schema: avro([symbol, price, { name: 'side', type: 'string' }]) }
    await assert.rejects(registry.register(wanted, { subject: 'kafkajs-avro-value', compatibility: COMPATIBILITY.BACKWARD }), /incompatible/i)
  },
  'Avro: an old record is read by a new program': async () => {
    const more = { type: SchemaType.AVRO, schema: avro([symbol, price, { name: 'side', type: 'string', default: 'BUY' }]) }
    const oldId = await registry.getLatestSchemaId('kafkajs-avro-value')
    const { id } = await registry.register(more, { subject: 'kafkajs-avro-value', compatibility: COMPATIBILITY.BACKWARD })
    assert.notStrictEqual(id, oldId)
    const bytes = await registry.encode(oldId, { symbol: 'A', price: 2 })
    const reader = require('avsc').Type.forSchema(JSON.parse(more.schema))
    const value = await new SchemaRegistry({ host }, {}).decode(bytes, { [SchemaType.AVRO]: { readerSchema: reader } })
    assert.strictEqual(value.side, 'BUY')
  },
  'Avro: references': async () => {
    await registry.register({ type: SchemaType.AVRO, schema: JSON.stringify({ type: 'enum', name: 'Side', namespace: 'demo', symbols: ['BUY', 'SELL'] }) }, { subject: 'kafkajs-side' })
    const order = { type: SchemaType.AVRO, schema: JSON.stringify({ type: 'record', name: 'Order', namespace: 'demo', fields: [{ name: 'side', type: 'demo.Side' }] }),
      references: [{ name: 'demo.Side', subject: 'kafkajs-side', version: 1 }] }
    const { id } = await registry.register(order, { subject: 'kafkajs-order-value' })
    assert.strictEqual((await new SchemaRegistry({ host }).decode(await registry.encode(id, { side: 'SELL' }))).side, 'SELL')
  },
  'JSON Schema: register, encode, decode, refuse': async () => {
    const schema = JSON.stringify({ type: 'object', properties: { n: { type: 'integer', minimum: 1 } }, required: ['n'], additionalProperties: false })
    const { id } = await registry.register({ type: SchemaType.JSON, schema }, { subject: 'kafkajs-json-value' })
    assert.deepStrictEqual(await new SchemaRegistry({ host }).decode(await registry.encode(id, { n: 3 })), { n: 3 })
    await assert.rejects(registry.encode(id, { n: 0 }))
  },
  'Protobuf: register, encode, decode': async () => {
    const schema = 'syntax = "proto3"; package demo; message Quote { string symbol = 1; repeated double levels = 2; }'
    const { id } = await registry.register({ type: SchemaType.PROTOBUF, schema }, { subject: 'kafkajs-proto-value' })
    const value = await new SchemaRegistry({ host }).decode(await registry.encode(id, { symbol: 'Q', levels: [1, 2] }))
    assert.strictEqual(value.symbol, 'Q')
    assert.deepStrictEqual([...value.levels], [1, 2])
  },
  'a schema id that does not exist': async () => { await assert.rejects(registry.getSchema(999999), /not found/i) },
}

const main = async () => {
  let passed = 0, failed = 0
  for (const [name, run] of Object.entries(tests)) {
    try { await run(); passed++ } catch (error) { failed++; console.log(`FAIL ${name}\n  ${error.message.split('\n').slice(0, 3).join('\n  ')}`) }
  }
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed ? 1 : 0)
}
main()
