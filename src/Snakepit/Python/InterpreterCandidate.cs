namespace Snakepit.Python;

/// <summary>
/// A candidate for the interpreter. <paramref name="Origin"/> says why it is considered, <paramref name="Problem"/> why it is rejected
/// already.
/// </summary>
internal sealed record InterpreterCandidate(string Origin, string Path, string? Problem = null)
{
    /// <summary>The folder of the environment that it belongs to; null without one.</summary>
    public string? Environment { get; init; }
}
