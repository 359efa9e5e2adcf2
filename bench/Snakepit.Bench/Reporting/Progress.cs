namespace Snakepit.Bench.Reporting;

/// <summary>Reports the progress of a run on the error stream, so that the output contains the result alone.</summary>
internal sealed class Progress
{
    public void Say(string line) => Console.Error.WriteLine(line);
}
