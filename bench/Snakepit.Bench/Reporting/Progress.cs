namespace Snakepit.Bench.Reporting;

/// <summary>Tells on the error stream how far a run is, so that the output stays the result's.</summary>
internal sealed class Progress
{
    public void Say(string line) => Console.Error.WriteLine(line);
}
