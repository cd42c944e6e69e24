#include "wire/messages_transactions.h"

#include "wire/codec_impl.h"

BRAID_WIRE_MESSAGE(braid::wire::AddPartitionsToTxnRequest)
BRAID_WIRE_MESSAGE(braid::wire::AddPartitionsToTxnResponse)
BRAID_WIRE_MESSAGE(braid::wire::AddOffsetsToTxnRequest)
BRAID_WIRE_MESSAGE(braid::wire::AddOffsetsToTxnResponse)
BRAID_WIRE_MESSAGE(braid::wire::EndTxnRequest)
BRAID_WIRE_MESSAGE(braid::wire::EndTxnResponse)
BRAID_WIRE_MESSAGE(braid::wire::TxnOffsetCommitRequest)
BRAID_WIRE_MESSAGE(braid::wire::TxnOffsetCommitResponse)
BRAID_WIRE_MESSAGE(braid::wire::DescribeProducersRequest)
BRAID_WIRE_MESSAGE(braid::wire::DescribeProducersResponse)
BRAID_WIRE_MESSAGE(braid::wire::DescribeTransactionsRequest)
BRAID_WIRE_MESSAGE(braid::wire::DescribeTransactionsResponse)
BRAID_WIRE_MESSAGE(braid::wire::ListTransactionsRequest)
BRAID_WIRE_MESSAGE(braid::wire::ListTransactionsResponse)
