using System.Text;

namespace Snakepit.Pools;

/// <summary>Creates parts that the messages of several exceptions share.</summary>
internal static class ErrorText
{
    private const int ShownOutputLines = 5;
    private const int ShownFrames = 5;
    private const int ShownLineLength = 300;

    /// <summary>Appends the stack of the thread that crashed, or that a call was running on, and the worker's last output.</summary>
    public static void AppendEvidence(StringBuilder text, DeathReport? death)
    {
        AppendStack(text, death);
        AppendOutput(text, death);
    }

    private static void AppendStack(StringBuilder text, DeathReport? death)
    {
        string[] lines = death?.Stacks?.Split('\n') ?? [];
        int title = Array.FindLastIndex(lines, static line => line.StartsWith("Current thread", StringComparison.Ordinal));
        IEnumerable<string> frames = lines.Skip(title + 1).TakeWhile(static line => line.StartsWith("  ", StringComparison.Ordinal));
        foreach (string line in frames.Take(title < 0 ? 0 : ShownFrames))
        {
            text.Append('\n').Append(Shown.Text(line, ShownLineLength));
        }
    }

    private static void AppendOutput(StringBuilder text, DeathReport? death)
    {
        if (death is { LastOutput.Count: > 0 })
        {
            text.Append("\nIts last output:");
            foreach (string line in death.LastOutput.TakeLast(ShownOutputLines))
            {
                text.Append("\n  ").Append(Shown.Text(line, ShownLineLength));
            }
        }
    }
}
