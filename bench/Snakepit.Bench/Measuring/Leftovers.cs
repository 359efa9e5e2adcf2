namespace Snakepit.Bench.Measuring;

/// <summary>Counts the resources of this process and of those below it that are no workers, at moments when nothing is under way.</summary>
internal sealed class Leftovers
{
    private readonly List<(int Recycles, int Descriptors, int Threads, long Heap)> _counts = [];

    /// <summary>The number of dead processes at the last moment.</summary>
    public int Zombies { get; private set; }

    public double DescriptorGrowth => Growth(static count => count.Descriptors);

    public double ThreadGrowth => Growth(static count => count.Threads);

    /// <summary>
    /// The growth from the second third of the replacements to the last, at their medians. In the first third .NET still optimizes the code
    /// that is used often.
    /// </summary>
    public double HeapGrowthPercent
    {
        get
        {
            int all = _counts[^1].Recycles;
            double Heap(int third) => Samples.Median(
                from count in _counts
                where count.Recycles > (long)all * third / 3 && count.Recycles <= (long)all * (third + 1) / 3
                select (double)count.Heap);
            double before = Heap(1);
            return 100 * (Heap(2) - before) / before;
        }
    }

    public void Count(int recycles, IReadOnlyCollection<int> workers)
    {
        IReadOnlyList<int> below = ProcessFacts.Descendants();
        int[] staying = [Environment.ProcessId, .. below.Except(workers).Where(static pid => !ProcessFacts.IsZombie(pid))];
        Zombies = below.Count(ProcessFacts.IsZombie);

        // The number of .NET's own threads varies. The product's threads have other names.
        int threads = staying.Sum(static pid =>
            ProcessFacts.ThreadNames(pid).Count(static name => !name.StartsWith(".NET ", StringComparison.Ordinal)));
        _counts.Add((recycles, staying.Sum(ProcessFacts.CountDescriptors), threads, GC.GetTotalMemory(forceFullCollection: true)));
    }

    public override string ToString() => _counts is [.., var last]
        ? $"; {last.Descriptors} open files, {last.Threads} threads, {Zombies} zombies, {last.Heap / 1024} KiB of heap"
        : "";

    /// <summary>
    /// Returns the growth from the first tenth to the last, at their medians, so that a moment at which something is being closed does not
    /// matter.
    /// </summary>
    private double Growth(Func<(int Recycles, int Descriptors, int Threads, long Heap), double> of)
    {
        int tenth = Math.Max(1, _counts.Count / 10);
        return Samples.Median(_counts.TakeLast(tenth).Select(of)) - Samples.Median(_counts.Take(tenth).Select(of));
    }
}
