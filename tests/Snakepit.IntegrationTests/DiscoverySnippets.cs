using System.Text.Json;

namespace Snakepit.IntegrationTests;

/// <summary>The C# of docs/adapters.md about discovery, which <see cref="DiscoveryTests"/> run.</summary>
internal static class DiscoverySnippets
{
    public static async Task<JsonElement> CallForModelAsync(
        IWorkerPool pool, Action<string, string, JsonElement> offer, Func<Task<(string Name, JsonElement Arguments)>> answer,
        CancellationToken ct)
    {
        // snippet: discovery
        foreach (ToolDescriptor tool in pool.Tools)
        {
            offer(tool.Name, tool.Description, tool.ParametersSchema);    // to the model, as one of its functions
        }
        (string name, JsonElement arguments) = await answer();            // the function it wants to call: {"a": 40, "b": 2}
        JsonElement result = await pool.ExecuteAsync<JsonElement>(name, arguments, cancellationToken: ct);
        // end snippet
        return result;
    }
}
