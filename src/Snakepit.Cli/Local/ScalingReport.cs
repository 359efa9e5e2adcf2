namespace Snakepit.Cli.Local;

/// <summary>What a trial of a scratch pool has shown of this machine.</summary>
internal sealed record ScalingReport
{
    public required int Processors { get; init; }

    public required string Python { get; init; }

    /// <summary>The workers that were started.</summary>
    public required int Workers { get; init; }

    /// <summary>The time until the first worker was ready.</summary>
    public required double FirstStartSeconds { get; init; }

    /// <summary>How many more workers became ready per second.</summary>
    public required double StartsPerSecond { get; init; }

    public required long MemoryPerWorkerBytes { get; init; }

    /// <summary>File descriptors in the host.</summary>
    public required double DescriptorsPerWorker { get; init; }

    /// <summary>Processes and threads, those in the host included.</summary>
    public required double TasksPerWorker { get; init; }

    /// <summary>The calls per second of a tool that only computes, by the number of calls at once.</summary>
    public required IReadOnlyList<Throughput> Computing { get; init; }

    /// <summary>The number of calls at once beyond which more of them hardly add calls per second.</summary>
    public required int SaturatedAt { get; init; }

    /// <summary>How many workers each limit of the machine allows, the tightest first.</summary>
    public required IReadOnlyList<WorkerLimit> Limits { get; init; }

    /// <summary>The size for tools that compute.</summary>
    public required int ComputingSize { get; init; }

    /// <summary>The most workers that are safe for tools that wait, which is three quarters of the tightest limit.</summary>
    public required long WaitingSize { get; init; }

    /// <summary>What to raise first to have more.</summary>
    public required string Bottleneck { get; init; }
}

/// <summary>Calls per second with a number of calls at once.</summary>
internal sealed record Throughput(int Calls, double CallsPerSecond);

/// <summary>A limit of the machine, with the workers that it allows.</summary>
/// <param name="Name">processors, memory, open files, or processes and threads.</param>
/// <param name="Workers">How many workers it allows; null for no limit.</param>
/// <param name="Because">How the number comes about.</param>
internal sealed record WorkerLimit(string Name, long? Workers, string Because);
