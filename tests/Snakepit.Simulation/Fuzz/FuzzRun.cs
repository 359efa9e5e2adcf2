using System.Diagnostics;

namespace Snakepit.Simulation.Fuzz;

/// <summary>Runs a target on inputs, each of which depends on the seed and its number alone.</summary>
internal static class FuzzRun
{
    private const int MostFindings = 20;
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20); // generous: finds only inputs that all but hang the reader

    /// <summary>
    /// Runs inputs from <paramref name="first"/> on. An input that never returns ends the process with a message that names it.
    /// </summary>
    public static FuzzReport Execute(
        FuzzTarget target,
        ulong seed,
        long inputs,
        long first = 0,
        Action<long>? progress = null,
        CancellationToken cancellation = default)
    {
        var findings = new List<FuzzFinding>();
        long slowest = 0;
        long largest = 0;
        long number = first;
        long seen = -1;
        using ITimer watch = TimeProvider.System.CreateTimer(
            _ =>
            {
                long now = Volatile.Read(ref number);
                if (Interlocked.Exchange(ref seen, now) == now)
                {
                    Environment.FailFast($"Fuzzing hangs: {target.Name}, seed {seed}, input {now}.");
                }
            },
            null, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30));
        for (; number < first + inputs && findings.Count < MostFindings; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            FuzzFinding? finding = TakeOne(target, seed, number, out long took, out long allocated);
            if (finding is not null)
            {
                findings.Add(finding);
            }
            slowest = Math.Max(slowest, took);
            largest = Math.Max(largest, allocated);
            progress?.Invoke(number);
        }
        return new FuzzReport(target.Name, number - first, Stopwatch.GetElapsedTime(0, slowest), largest, findings);
    }

    /// <summary>Creates one input and gives it to the target.</summary>
    public static FuzzFinding? TakeOne(FuzzTarget target, ulong seed, long number, out long took, out long allocated)
    {
        SimRandom random = SimRandom.For(seed, target.Name, number);
        byte[] input = Mutator.Next(target.Corpus, ref random);
        string? problem = null;
        long begun = Stopwatch.GetTimestamp();
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Take(input, ref random);
        }
        catch (FuzzException e)
        {
            problem = e.Message;
        }
        catch (Exception e)
        {
            problem = e.ToString();
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        took = Stopwatch.GetTimestamp() - begun;
        if (number > 0 && allocated > target.MostAllocated(input)) // input 0 also pays for one-time allocations
        {
            problem ??= $"it allocated {allocated:N0} bytes for {input.Length:N0}";
        }
        if (Stopwatch.GetElapsedTime(0, took) > s_longest)
        {
            problem ??= $"it took {Stopwatch.GetElapsedTime(0, took).TotalSeconds:0.0} s for {input.Length:N0} bytes";
        }
        return problem is null ? null : new FuzzFinding(target.Name, seed, number, input, problem);
    }
}
