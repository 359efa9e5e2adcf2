namespace Snakepit.Cli.Output;

/// <summary>Puts together what is said of a failed call.</summary>
internal static class CallProblem
{
    private const string Frames = "Traceback (most recent call last)";

    /// <summary>Returns the message, and below it the traceback if it says more: where the exception was raised.</summary>
    public static string Of(string message, string? traceback) =>
        traceback?.Contains(Frames, StringComparison.Ordinal) == true ? $"{message}\n{traceback.TrimEnd()}" : message;

    /// <summary>Splits a problem into what may be wrapped, and a traceback, whose marks must stay below the code.</summary>
    public static (string Message, string Traceback) Split(string problem) =>
        problem.IndexOf(Frames, StringComparison.Ordinal) is > 0 and var at
        ? (problem[..at].TrimEnd('\n'), problem[at..])
        : (problem, "");
}
