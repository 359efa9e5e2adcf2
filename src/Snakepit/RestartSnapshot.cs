namespace Snakepit;

/// <summary>Describes one cause for which starts or replacements of workers have failed.</summary>
public sealed record RestartSnapshot
{
    /// <summary>Gets the cause: how a start failed and by which exception, exit code or signal; or why workers are replaced again and
    /// again.</summary>
    public required string Cause { get; init; }

    /// <summary>Gets the number of failures in a row.</summary>
    public required int Failures { get; init; }

    /// <summary>Gets the time since the last failure.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Gets the time until the next start, or until the next replacement for that reason.</summary>
    public required TimeSpan NextIn { get; init; }

    /// <summary>Returns the cause, the number of failures and the time until the next attempt.</summary>
    public override string ToString() =>
        $"{Cause}: {Failures} failures, the last {Shown.Duration(Elapsed)} ago, next attempt in {Shown.Duration(NextIn)}";
}
