namespace Snakepit.Python;

/// <summary>An interpreter that may do. <paramref name="Origin"/> says why it is considered, <paramref name="Problem"/> why it is already out.</summary>
internal sealed record InterpreterCandidate(string Origin, string Path, string? Problem = null);
