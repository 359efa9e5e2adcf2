using System.CommandLine;
using Snakepit.Pools;
using Snakepit.Simulation;

namespace Snakepit.Bench.Reporting;

/// <summary>The command that replays the trace of a live pool.</summary>
internal static class TraceReplay
{
    private const int StepsShown = 20;
    private const int ExitDifferent = 1;
    private const int ExitInvalid = 2;

    public static Command Create()
    {
        Argument<FileInfo> file = new("file") { Description = "What DumpTrace() returned." };
        Option<int> last = new("--last")
        {
            Description = "How many of the last steps are shown.",
            DefaultValueFactory = static _ => StepsShown,
        };
        Command command = new(
            "replay", "Replays what a live pool's DumpTrace() returned, and says whether the decisions are the same.") { file, last };
        command.SetAction(parsed => Run(parsed.GetValue(file)!.FullName, parsed.GetValue(last)));
        return command;
    }

    private static int Run(string path, int last)
    {
        try
        {
            var dump = TraceDump.Parse(File.ReadAllText(path));
            var replay = Replay.Run(dump);
            Console.WriteLine($"Written by Snakepit {dump.Version}: {dump.Plan}");
            foreach (TraceStep step in replay.Steps.TakeLast(last))
            {
                Console.WriteLine(step);
            }
            Console.WriteLine(replay.FirstDifference < 0
                ? $"All {dump.Steps.Length:N0} decisions are the same."
                : $"Step {replay.FirstDifference + 1:N0} of {dump.Steps.Length:N0}, the last one shown, comes out differently.");
            return replay.FirstDifference < 0 ? 0 : ExitDifferent;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or IOException)
        {
            Console.Error.WriteLine(e.Message);
            return ExitInvalid;
        }
    }
}
