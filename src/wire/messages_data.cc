#include "wire/messages_data.h"

#include "wire/codec_impl.h"

BRAID_WIRE_MESSAGE(braid::wire::ProduceRequest)
BRAID_WIRE_MESSAGE(braid::wire::ProduceResponse)
BRAID_WIRE_MESSAGE(braid::wire::FetchRequest)
BRAID_WIRE_MESSAGE(braid::wire::FetchResponse)
BRAID_WIRE_MESSAGE(braid::wire::ListOffsetsRequest)
BRAID_WIRE_MESSAGE(braid::wire::ListOffsetsResponse)
BRAID_WIRE_MESSAGE(braid::wire::OffsetForLeaderEpochRequest)
BRAID_WIRE_MESSAGE(braid::wire::OffsetForLeaderEpochResponse)
BRAID_WIRE_MESSAGE(braid::wire::InitProducerIdRequest)
BRAID_WIRE_MESSAGE(braid::wire::InitProducerIdResponse)
