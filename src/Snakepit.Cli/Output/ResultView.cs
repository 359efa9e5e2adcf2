using System.Text.Json;

namespace Snakepit.Cli.Output;

/// <summary>Writes the result of a call: text as it is, anything else as JSON.</summary>
internal static class ResultView
{
    public static void Write(Terminal terminal, JsonElement result, bool asJson)
    {
        if (result.ValueKind == JsonValueKind.String && !asJson)
        {
            terminal.WriteLine(result.GetString()!);
        }
        else
        {
            terminal.WriteJson(result, CliJson.Document.JsonElement);
        }
    }
}
