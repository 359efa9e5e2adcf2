namespace Snakepit.Pools.Kernel;

/// <summary>
/// The cause of failures after which another start may be useless. <paramref name="Detail"/> stands for what the kernel does not know: the
/// type of an exception, an exit code or a signal.
/// </summary>
internal readonly record struct RestartCause(Reason Reason, int Detail = 0)
{
    /// <summary>Stands for many causes in a short time.</summary>
    public const int Various = -1;
}

/// <summary>What a worker must do to disprove a cause.</summary>
internal enum RestartProof : byte
{
    /// <summary>Start.</summary>
    Ready,

    /// <summary>Answer a call.</summary>
    Answer,

    /// <summary>Run a call without an error.</summary>
    Success,

    /// <summary>Pass its health check.</summary>
    Check,
}

/// <summary>A worker that has failed.</summary>
/// <param name="Cause">The cause.</param>
/// <param name="LaunchedAt">The time of its launch.</param>
/// <param name="IsExcused">Whether the first such failure causes no pause.</param>
/// <param name="IsForeign">Whether it was killed, and not by the pool. Several such failures at a time count as one.</param>
/// <param name="SaysNothing">Whether the next start is expected to succeed, so that the pauses do not grow.</param>
/// <param name="Successor">
/// The worker that took over from it. Although it was launched before, it is the next to show whether that helps.
/// </param>
internal readonly record struct RestartFailure(
    RestartCause Cause, long LaunchedAt, bool IsExcused = false, bool IsForeign = false, bool SaysNothing = false,
    WorkerKey Successor = default);

/// <summary>The failures of one cause that came soon after one another.</summary>
internal readonly record struct RestartRow
{
    public required RestartCause Cause { get; init; }

    public int Failures { get; init; }

    public long BeganAt { get; init; }

    public required long LastAt { get; init; }

    /// <summary>The number of slots that have failed.</summary>
    public int Slots { get; init; }

    /// <summary>The time from which a slot that has not failed may try, before <see cref="NextAt"/>.</summary>
    public long OthersAt { get; init; }

    /// <summary>The worker that took over from the last one that failed; none when there was none yet.</summary>
    public WorkerKey Successor { get; init; }

    /// <summary>
    /// Whether something else than the pool has killed workers that were starting, so that the next start is expected to succeed.
    /// </summary>
    public bool SaysNothing { get; init; }

    /// <summary>The pause after the last failure.</summary>
    public long Pause { get; init; }

    /// <summary>The time before which no slot that has failed is started, or has its worker replaced for this cause.</summary>
    public required long NextAt { get; init; }

    /// <summary>The time after which the row is dropped.</summary>
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

    /// <summary>
    /// Returns whether the behaviour of this worker tests the cause. A worker from before the last failure proves nothing about later ones.
    /// </summary>
    public bool IsTestedBy(WorkerKey worker, long launchedAt) => launchedAt >= LastAt || worker == Successor;

    /// <summary>Whether the workers serve, and only their replacements wait.</summary>
    public bool HoldsUpReplacement => Cause.Reason.Is(ReasonTrait.Brakes);
}

/// <summary>What is known of a worker's end besides its calls.</summary>
/// <param name="Cause">A number for its cause.</param>
/// <param name="IsForeign">Whether it was killed, and not by the pool: by another process, or together with its launcher.</param>
/// <param name="Taints">Whether its slot, or its device, may be the cause.</param>
internal readonly record struct EndNote(int Cause = 0, bool IsForeign = false, bool Taints = false);
