namespace Snakepit.Cli.Output;

/// <summary>Puts together what is said of a failed call.</summary>
internal static class CallProblem
{
    private const string Frames = "Traceback (most recent call last)";

    /// <summary>Returns the message, and below it the traceback if it says more: where the exception was raised.</summary>
    public static string Of(string message, string? traceback) =>
        traceback?.Contains(Frames, StringComparison.Ordinal) == true ? $"{message}\n{traceback.TrimEnd()}" : message;
}
