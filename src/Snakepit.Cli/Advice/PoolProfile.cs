using System.Text.Json.Serialization;
using Snakepit.AspNetCore.Contract;

namespace Snakepit.Cli.Advice;

/// <summary>The profile of a pool: its settings, its use, its memory, and what to change.</summary>
internal sealed record PoolProfile
{
    public const string Thread = "Thread";

    private static readonly string[] s_shown =
    [
        "Adapter", "Profile", "Size", "MinSize", "MaxSize", "ThreadsPerWorker", "Recycle.Ttl", "Recycle.MaxRequests", "Memory.SoftLimit",
        "Memory.HardLimit", "Queue.Limit", "Call.Timeout",
    ];

    private readonly IReadOnlyDictionary<string, string> _all;

    public PoolProfile(PoolInfo pool)
    {
        _all = pool.Options ?? new Dictionary<string, string>();
        WorkerInfo[] workers = [.. (pool.Workers ?? []).Where(static worker => worker.State == "serving")];
        MemoryInfo[] memory = [.. workers.Select(static worker => worker.Memory).OfType<MemoryInfo>()];
        Pool = pool.Name;
        State = pool.State;
        Profile = Option("Profile") ?? "Process";
        Options = s_shown.Where(name => Option(name) is not null).ToDictionary(static name => name, name => Option(name)!);
        Size = pool.Size;
        Ready = pool.Ready;
        Capacity = workers.Sum(static worker => worker.Capacity);
        Running = pool.Running;
        Queued = pool.QueueLength;
        Utilization = Capacity == 0 ? 0 : Math.Min(1, (double)pool.Running / Capacity);
        MeanMemoryBytes = memory.Length == 0 ? null : (long)memory.Average(static one => one.CurrentBytes);
        HighestMemoryBytes = memory.Length == 0 ? null : memory.Max(static one => one.CurrentBytes);
        HighestGrowthBytes = memory.Length == 0 ? null : memory.Max(static one => one.CurrentBytes - one.BaselineBytes);
        NearestToSoftLimit = memory
            .Select(static one => one.SoftLimitBytes is > 0 and var limit ? (double)one.CurrentBytes / limit : 0)
            .DefaultIfEmpty().Max();
        double age = workers.Sum(static worker => worker.AgeSeconds);
        CpuShare = age <= 0 ? 0 : workers.Sum(static worker => worker.CpuSeconds ?? 0) / age;
        Recommendations = [.. Advisor.Of(pool, this)];
    }

    public string Pool { get; }

    public string State { get; }

    /// <summary>Process or Thread.</summary>
    public string Profile { get; }

    /// <summary>The settings that decide how many workers there are and how long they live.</summary>
    public IReadOnlyDictionary<string, string> Options { get; }

    public int Size { get; }

    public int Ready { get; }

    /// <summary>The calls that the workers can run at once.</summary>
    public int Capacity { get; }

    public int Running { get; }

    public int Queued { get; }

    /// <summary>The share of the places that run a call now, from 0 to 1.</summary>
    public double Utilization { get; }

    public long? MeanMemoryBytes { get; }

    public long? HighestMemoryBytes { get; }

    /// <summary>The most that a worker has grown since it was ready.</summary>
    public long? HighestGrowthBytes { get; }

    /// <summary>The share of their time that the workers have computed, from 0 to 1 for each processor.</summary>
    public double CpuShare { get; }

    public IReadOnlyList<Recommendation> Recommendations { get; }

    /// <summary>The highest share of its soft limit that a worker has.</summary>
    [JsonIgnore]
    public double NearestToSoftLimit { get; }

    /// <summary>Returns a setting of the pool; null when it is off.</summary>
    public string? Option(string name) => _all.TryGetValue(name, out string? value) && value is not ("null" or "") ? value : null;
}

/// <summary>The profiles of pools.</summary>
internal sealed record ProfileDocument
{
    public required IReadOnlyList<PoolProfile> Pools { get; init; }
}
