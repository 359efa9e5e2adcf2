namespace Snakepit.Pools.Kernel;

/// <summary>Why starting another worker may be of no use. <paramref name="Detail"/> tells apart what the kernel cannot: it stands for the
/// type of an exception, an exit code or a signal.</summary>
internal readonly record struct RestartCause(Reason Reason, int Detail = 0)
{
    /// <summary>Many causes in a short time.</summary>
    public const int Various = -1;
}

/// <summary>What a worker has to show to disprove a cause.</summary>
internal enum RestartProof : byte
{
    /// <summary>That it can start.</summary>
    Ready,

    /// <summary>That it lives long enough to answer.</summary>
    Answer,

    /// <summary>That it can run a call without an error.</summary>
    Success,

    /// <summary>That its check passes.</summary>
    Check,
}

/// <summary>A worker that was of no use.</summary>
/// <param name="Cause">Why.</param>
/// <param name="LaunchedAt">When it was launched.</param>
/// <param name="IsExcused">The first such failure holds up nothing.</param>
/// <param name="IsForeign">It was killed, and not by the pool: several at a time are one.</param>
/// <param name="SaysNothing">The next one would do: the pauses do not grow.</param>
/// <param name="Successor">Who has taken over from it: launched before, and all the same the next to show whether that helps.</param>
internal readonly record struct RestartFailure(
    RestartCause Cause, long LaunchedAt, bool IsExcused = false, bool IsForeign = false, bool SaysNothing = false,
    WorkerKey Successor = default);

/// <summary>Failures of one cause, none of them long after the one before.</summary>
internal readonly record struct RestartRow
{
    public required RestartCause Cause { get; init; }

    public int Failures { get; init; }

    public long BeganAt { get; init; }

    public required long LastAt { get; init; }

    /// <summary>How many slots have failed.</summary>
    public int Slots { get; init; }

    /// <summary>A slot that has not failed may try before <see cref="NextAt"/>, from then on.</summary>
    public long OthersAt { get; init; }

    /// <summary>Who has taken over from the last one; none: nobody had yet.</summary>
    public WorkerKey Successor { get; init; }

    /// <summary>Outsiders have killed workers that were starting: the next start would do.</summary>
    public bool SaysNothing { get; init; }

    /// <summary>What the last failure has cost.</summary>
    public long Pause { get; init; }

    /// <summary>No slot that has failed is started, or has its worker replaced for that reason, before.</summary>
    public required long NextAt { get; init; }

    /// <summary>After this the row is forgotten.</summary>
    public required long EndsAt { get; init; }

    public static RestartRow Exchange(in RestartRow row, KernelImage image) => new()
    {
        Cause = new RestartCause(image.Of(row.Cause.Reason), image.Of(row.Cause.Detail)),
        Failures = image.Of(row.Failures),
        BeganAt = image.Of(row.BeganAt),
        LastAt = image.Of(row.LastAt),
        Slots = image.Of(row.Slots),
        OthersAt = image.Of(row.OthersAt),
        Successor = image.Of(row.Successor),
        SaysNothing = image.Of(row.SaysNothing),
        Pause = image.Of(row.Pause),
        NextAt = image.Of(row.NextAt),
        EndsAt = image.Of(row.EndsAt),
    };

    public RestartProof Proof => ReasonTraits.Of(Cause.Reason).Proof;

    /// <summary>Whether what a worker shows says anything of this: one that was there already when the last one failed proves nothing about
    /// those to come.</summary>
    public bool IsTestedBy(WorkerKey worker, long launchedAt) => launchedAt >= LastAt || worker == Successor;

    /// <summary>The workers serve, and only their replacements wait.</summary>
    public bool HoldsUpReplacement => Cause.Reason.Is(ReasonTrait.Brakes);
}

/// <summary>What is known of a worker's end beside its calls.</summary>
/// <param name="Cause">A number for what it ended by.</param>
/// <param name="IsForeign">It was killed, and not by the pool: by an outsider, or with its launcher.</param>
/// <param name="Taints">Its slot, or its device, may be the cause.</param>
internal readonly record struct EndNote(int Cause = 0, bool IsForeign = false, bool Taints = false);
