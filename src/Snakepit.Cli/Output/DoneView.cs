using Snakepit.AspNetCore.Contract;

namespace Snakepit.Cli.Output;

/// <summary>Writes what has come of an order.</summary>
internal static class DoneView
{
    public static ExitCode Write(Terminal terminal, DoneInfo done, bool asJson)
    {
        if (asJson)
        {
            terminal.WriteJson(done, CliJson.Document.DoneInfo);
        }
        else
        {
            terminal.Say(done.Done);
        }
        return ExitCode.Done;
    }
}
