namespace Snakepit.Tests;

/// <summary>Counts what code allocates.</summary>
internal static class Allocations
{
    private const int Rounds = 5;

    /// <summary>The bytes that one run of the action allocates: the least of several, for what the runtime allocates now and then
    /// (a method compiled anew, a generic looked up for the first time) only adds, and what the action allocates is there every time.</summary>
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
