using System.Text.Json;

namespace Snakepit.AspNetCore.Contract;

/// <summary>What has come of an order.</summary>
internal sealed record DoneInfo
{
    /// <summary>What was done, in a sentence.</summary>
    public required string Done { get; init; }

    /// <summary>How many slots, workers or inputs it has changed.</summary>
    public int? Count { get; init; }
}

/// <summary>What has come of a recycle order.</summary>
internal sealed record RecycleInfo
{
    public required string Pool { get; init; }

    /// <summary>Whether every slot has a new worker.</summary>
    public required bool AllReplaced { get; init; }

    public required double DurationSeconds { get; init; }

    public required IReadOnlyList<SlotRecycleInfo> Slots { get; init; }
}

/// <summary>What has come of the replacement of one slot's worker.</summary>
internal sealed record SlotRecycleInfo
{
    public required int Slot { get; init; }

    /// <summary>replaced, keptOld, alreadyReplaced or notReplaced.</summary>
    public required string Outcome { get; init; }

    /// <summary>The worker before.</summary>
    public required string Old { get; init; }

    /// <summary>The worker now.</summary>
    public string? New { get; init; }

    public required double DurationSeconds { get; init; }

    /// <summary>Why there is no new one.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether the old worker stopped before the new one was ready, for want of memory.</summary>
    public required bool StoppedFirst { get; init; }

    /// <summary>What went wrong at the end of the old worker.</summary>
    public string? EndProblem { get; init; }
}

/// <summary>The result of a call.</summary>
internal sealed record CallResultInfo
{
    public required string Pool { get; init; }

    public required string Tool { get; init; }

    /// <summary>The value; values.md describes the forms of values that JSON lacks.</summary>
    public required JsonElement Result { get; init; }

    public required double DurationSeconds { get; init; }
}

/// <summary>What an examination has found.</summary>
internal sealed record DoctorInfo
{
    /// <summary>ok, warning or failed: the worst of the checks.</summary>
    public required string Status { get; init; }

    public required double DurationSeconds { get; init; }

    public required IReadOnlyList<CheckInfo> Checks { get; init; }
}

/// <summary>One check of an examination.</summary>
internal sealed record CheckInfo
{
    public required string Name { get; init; }

    public string? Pool { get; init; }

    /// <summary>ok, warning, failed or skipped.</summary>
    public required string Status { get; init; }

    /// <summary>What was found.</summary>
    public required string Found { get; init; }

    /// <summary>What to change.</summary>
    public string? Remedy { get; init; }
}

/// <summary>What a page needs for its writes.</summary>
internal sealed record AntiforgeryInfo
{
    /// <summary>The name of the header that carries the token.</summary>
    public required string Header { get; init; }

    public required string Token { get; init; }
}

/// <summary>Why a request failed, as RFC 9457 has it.</summary>
internal sealed record ProblemInfo
{
    public string Type { get; init; } = "about:blank";

    public required string Title { get; init; }

    public required int Status { get; init; }

    /// <summary>What is wrong, and what to do.</summary>
    public string? Detail { get; init; }

    /// <summary>Names that exist and look like the one that does not.</summary>
    public IReadOnlyList<string>? Near { get; init; }

    /// <summary>The type of the exception in Python, of a call that failed there.</summary>
    public string? ErrorType { get; init; }

    /// <summary>Python's traceback, of a call that failed there.</summary>
    public string? Traceback { get; init; }
}
