using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Transport.Values;

namespace Snakepit.Workers;

/// <summary>What all workers of a pool have in common.</summary>
internal sealed record WorkerBlueprint
{
    /// <summary>What is executed; null for workers without a process.</summary>
    public ChildCommand? Command { get; init; }

    /// <summary>What is executed for a zygote; null for workers without a process.</summary>
    public ChildCommand? ZygoteCommand { get; init; }

    /// <summary>The adapter as the worker is told: an absolute file, a module, or either with a class.</summary>
    public required string Adapter { get; init; }

    public required IReadOnlyList<string> PythonPath { get; init; }

    public required int MaxMessage { get; init; }

    public required UnserializableDetail Unserializable { get; init; }

    public required int ReprMaxLength { get; init; }

    /// <summary>What calls and results are written in; null: the best that the worker has.</summary>
    public BodyFormat? Format { get; init; }

    /// <summary>A tool to run once before a worker is ready.</summary>
    public string? Warmup { get; init; }

    /// <summary>Workers are forked from a zygote.</summary>
    public bool UsesZygote { get; init; }

    /// <summary>How long workers wait for a zygote: what is left of their boot time is enough to start without.</summary>
    public TimeSpan ZygotePatience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>What the zygote imports; empty: what the adapter imports.</summary>
    public IReadOnlyList<string> Preload { get; init; } = [];

    /// <summary>Sockets instead of pipes, and no shared page.</summary>
    public bool Portable { get; init; }

    public required JsonValueCodec Codec { get; init; }
}
