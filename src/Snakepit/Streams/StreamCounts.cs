namespace Snakepit.Streams;

/// <summary>What was counted of a stream.</summary>
/// <param name="Items">The items that have arrived.</param>
/// <param name="Bytes">Their encoded bytes.</param>
/// <param name="Taken">The items that the caller has taken.</param>
/// <param name="FirstItemAt">When the first item arrived; 0 when none has.</param>
internal readonly record struct StreamCounts(long Items, long Bytes, long Taken, long FirstItemAt);
