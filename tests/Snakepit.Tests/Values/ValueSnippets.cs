using System.Text.Json.Serialization;

namespace Snakepit.Tests.Values;

/// <summary>The C# of docs/values.md, so that it compiles.</summary>
internal static partial class ValueSnippets
{
    internal static async Task ArgumentsAsync(IWorkerPool pool, Sum sum, List<int> numbers)
    {
        // snippet: arguments
        await pool.ExecuteAsync<int>("add", new { a = 40, b = 2 });                          // properties by name, as they are declared
        await pool.ExecuteAsync<int>("add", ToolArguments.Named(("a", 40), ("b", 2)));       // the same without reflection
        await pool.ExecuteAsync<int>("add", ToolArguments.Positional(40, 2));
        await pool.ExecuteAsync<int>("add", ToolArguments.FromList(numbers));                // each item is an argument
        await pool.ExecuteAsync<int>("add", ToolArguments.Positional(40).AndNamed(("b", 2)));
        await pool.ExecuteAsync<int>("add", ToolArguments.From(sum, MyContext.Default.Sum)); // an object's properties, source-generated
        // end snippet
    }

    internal static void Resolvers(SnakepitOptions options)
    {
        // snippet: resolvers
        options.TypeInfoResolvers.Add(MyContext.Default);
        // end snippet
    }

    internal sealed record Sum(int A, int B);

    [JsonSerializable(typeof(Sum))]
    internal sealed partial class MyContext : JsonSerializerContext;
}
