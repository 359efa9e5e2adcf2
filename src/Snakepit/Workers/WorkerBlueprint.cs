using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Values;

namespace Snakepit.Workers;

/// <summary>The data that all workers of a pool have in common.</summary>
internal sealed record WorkerBlueprint
{
    /// <summary>The command line of a worker; null for workers without a process.</summary>
    public ChildCommand? Command { get; init; }

    /// <summary>The command line of a zygote; null for workers without a process.</summary>
    public ChildCommand? ZygoteCommand { get; init; }

    /// <summary>The interpreter of the workers; null for workers without a process.</summary>
    public PythonDescription? Python { get; init; }

    /// <summary>The adapter as workers get it: an absolute file, a module, or either with a class.</summary>
    public required string Adapter { get; init; }

    public required IReadOnlyList<string> PythonPath { get; init; }

    public required int MaxMessage { get; init; }

    public required UnserializableDetail Unserializable { get; init; }

    public required int ReprMaxLength { get; init; }

    /// <summary>The format of calls and results; null for the best one that the worker has.</summary>
    public BodyFormat? Format { get; init; }

    /// <summary>The number of threads that run calls; 0 for a worker that runs one call after the other.</summary>
    public int Threads { get; init; }

    public ThreadSafetyMode ThreadSafety { get; init; }

    /// <summary>The number of calls that a worker with threads has at once, all of which may be of async tools.</summary>
    public int Capacity { get; init; } = 1;

    /// <summary>The rows that the worker needs on its shared page: one for each thread, and for each call of an async tool.</summary>
    public int Rows => Threads == 0 ? 1 : Threads + Capacity;

    /// <summary>The tool to run once before a worker is ready.</summary>
    public string? Warmup { get; init; }

    /// <summary>Whether workers are forked from a zygote.</summary>
    public bool UsesZygote { get; init; }

    /// <summary>The time that workers wait for a zygote. The rest of their boot time is enough to start without one.</summary>
    public TimeSpan ZygotePatience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The modules that the zygote imports; if empty, it imports what the adapter imports.</summary>
    public IReadOnlyList<string> Preload { get; init; } = [];

    /// <summary>The host tools of the pool.</summary>
    public IReadOnlyCollection<HostTool> HostTools { get; init; } = [];

    /// <summary>What the workers tell of what tools tell with <c>ctx.telemetry</c>.</summary>
    public PythonTelemetryOptions Telemetry { get; init; } = new();

    /// <summary>Whether workers use sockets instead of pipes, and no shared page.</summary>
    public bool Portable { get; init; }

    public required JsonValueCodec Codec { get; init; }
}
