namespace Snakepit.Bench.Measuring;

/// <summary>Records the resources of this process and of those that stay with it, at quiet moments, and computes their growth.</summary>
internal sealed class SoakRecord
{
    private const double ReferenceMinutes = 10;
    private const int Windows = 10;
    private readonly List<(double Minutes, int Descriptors, int Threads, int Zombies, long Heap, long Resident)> _samples = [];

    public int Count => _samples.Count;

    public double DescriptorGrowthPct => StepPct(static sample => sample.Descriptors);

    public double ThreadGrowthPct => StepPct(static sample => sample.Threads);

    /// <summary>The number of dead processes that were not waited for, at the last moments.</summary>
    public double Zombies => Samples.Median(_samples.TakeLast(Tenth).Select(static sample => (double)sample.Zombies));

    public double HeapGrowthPct => SlopePct(static sample => sample.Heap);

    public double ResidentGrowthPct => SlopePct(static sample => sample.Resident);

    private int Tenth => Math.Max(1, _samples.Count / 10);

    public void Clear() => _samples.Clear();

    public void Take(TimeSpan elapsed, IReadOnlyCollection<int> workers)
    {
        IReadOnlyList<int> below = ProcessFacts.Descendants();
        int[] staying = [Environment.ProcessId, .. below.Except(workers).Where(static pid => !ProcessFacts.IsZombie(pid))];

        // The number of .NET's own threads varies. The product's threads have other names.
        int threads = staying.Sum(static pid =>
            ProcessFacts.ThreadNames(pid).Count(static name => !name.StartsWith(".NET ", StringComparison.Ordinal)));
        // An aggressive collection gives back the memory that .NET keeps in reserve.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _samples.Add((
            elapsed.TotalMinutes, staying.Sum(ProcessFacts.CountDescriptors), threads, below.Count(ProcessFacts.IsZombie),
            GC.GetTotalMemory(forceFullCollection: false), ProcessFacts.ResidentKib(Environment.ProcessId)));
    }

    public override string ToString() => _samples is [.., var last]
        ? $"{last.Descriptors} open files, {last.Threads} threads, {last.Zombies} zombies, {last.Heap / 1024} KiB of heap, " +
            $"{last.Resident / 1024} MiB resident"
        : "";

    /// <summary>
    /// Returns the growth from the first tenth to the last, at their medians, so that a moment at which something is being closed does not
    /// matter.
    /// </summary>
    private double StepPct(Func<(double Minutes, int Descriptors, int Threads, int Zombies, long Heap, long Resident), double> of)
    {
        double before = Samples.Median(_samples.Take(Tenth).Select(of));
        return 100 * (Samples.Median(_samples.TakeLast(Tenth).Select(of)) - before) / before;
    }

    /// <summary>
    /// Returns the gain in 10 minutes of the least-squares line through the medians of ten windows, in % of their mean. All samples count,
    /// and no single one decides.
    /// </summary>
    private double SlopePct(Func<(double Minutes, int Descriptors, int Threads, int Zombies, long Heap, long Resident), double> of)
    {
        (double X, double Y)[] windows = [.. _samples.Chunk((_samples.Count + Windows - 1) / Windows).Select(
            window => (window.Average(static sample => sample.Minutes), Samples.Median(window.Select(of))))];
        double meanX = windows.Average(static window => window.X);
        double meanY = windows.Average(static window => window.Y);
        double slope = windows.Sum(window => (window.X - meanX) * (window.Y - meanY))
            / windows.Sum(window => Math.Pow(window.X - meanX, 2));
        return 100 * slope * ReferenceMinutes / meanY;
    }
}
