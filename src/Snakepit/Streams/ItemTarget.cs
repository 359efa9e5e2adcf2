using Snakepit.Values;

namespace Snakepit.Streams;

/// <summary>Where the items of a stream go that a call reads, and how they are written.</summary>
/// <param name="Channel">The channel of the call's worker.</param>
/// <param name="Call">The call.</param>
/// <param name="Stream">The number of the stream among those of the call.</param>
/// <param name="Codec">Writes the items.</param>
/// <param name="MaxItem">The most bytes that an item may have.</param>
/// <param name="SendsStacks">Whether the worker gets the stack trace of an exception that ends the stream.</param>
internal sealed record ItemTarget(
    ICallChannel Channel, CallKey Call, long Stream, JsonValueCodec Codec, long MaxItem, bool SendsStacks = false);
