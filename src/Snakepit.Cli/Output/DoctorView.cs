using Snakepit.AspNetCore.Contract;
using Spectre.Console;

namespace Snakepit.Cli.Output;

/// <summary>Writes what an examination has found.</summary>
internal static class DoctorView
{
    private const string Failed = "failed";
    private const int StatusWidth = 8;

    /// <summary>Writes the report, and returns the exit code: a failed check is not well; a warning is.</summary>
    public static ExitCode Write(Terminal terminal, DoctorInfo report, bool asJson)
    {
        if (asJson)
        {
            terminal.WriteJson(report, CliJson.Document.DoctorInfo);
        }
        else
        {
            foreach (CheckInfo check in report.Checks)
            {
                Write(terminal, check);
            }
            terminal.Say($"{report.Status} after {Show.Duration(report.DurationSeconds)}", Cell.State(report.Status).Style);
        }
        return report.Status == Failed ? ExitCode.NotWell : ExitCode.Done;
    }

    private static void Write(Terminal terminal, CheckInfo check)
    {
        Cell status = Cell.State(check.Status);
        string name = check.Pool is null ? check.Name : $"{check.Pool}: {check.Name}";
        string remedy = check.Remedy is null ? "" : $"\n{check.Remedy}";
        Grid line = new Grid().AddColumn(new GridColumn().Width(StatusWidth).NoWrap().PadRight(0)).AddColumn(new GridColumn().PadRight(0));
        terminal.Write(line.AddRow(new Text(status.Text, status.Style), Terminal.TextOf($"{name}: {check.Found}{remedy}")));
    }
}
