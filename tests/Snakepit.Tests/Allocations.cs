namespace Snakepit.Tests;

/// <summary>Counts the bytes that code allocates.</summary>
internal static class Allocations
{
    private const int Rounds = 5;

    /// <summary>
    /// Returns the bytes that one run of the action allocates: the smallest of several measurements. The runtime's own occasional
    /// allocations, as for a method that it compiles anew, only ever add to a measurement.
    /// </summary>
    public static long Of(Action action)
    {
        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
