using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Snakepit.Cli.Output;
using Snakepit.Configuration;

namespace Snakepit.Cli.Scaffold;

/// <summary>The first versions of files.</summary>
internal static partial class Templates
{
    private static readonly HashSet<string> s_keywords =
    [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
        "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or",
        "pass", "raise", "return", "try", "while", "with", "yield",
    ];

    private const string AdapterFile = "adapter.py";

    /// <summary>Returns whether Python can import a module of that name.</summary>
    public static bool IsIdentifier(string name) => Identifier().IsMatch(name) && !s_keywords.Contains(name);

    /// <summary>Returns the name.</summary>
    /// <exception cref="CliException">No pool can have that name.</exception>
    public static string CheckPool(string name) =>
        PoolName.IsValid(name) ? name : throw new CliException(ExitCode.WrongCommandLine, PoolName.Problem(name));

    /// <summary>Returns the text of an adapter.</summary>
    public static string Adapter()
    {
        using var text = new StreamReader(typeof(Templates).Assembly.GetManifestResourceStream(AdapterFile)!);
        return text.ReadToEnd();
    }

    /// <summary>Returns an appsettings.json with one pool.</summary>
    public static string Config(string pool, string adapter) =>
        Text(new JsonObject { ["Snakepit"] = new JsonObject { ["Pools"] = Pools(pool, adapter) } }) + "\n";

    /// <summary>Returns the settings of one pool, by its name.</summary>
    public static string Pool(string pool, string adapter) => Text(Pools(pool, adapter));

    /// <summary>Returns the lines of code that use a pool.</summary>
    public static string Code(string pool) => $$"""
        // Program.cs, once for all pools:
        builder.Services.AddSnakepit(builder.Configuration.GetSection("Snakepit"));

        // Where the pool is used:
        public sealed class Example([FromKeyedServices("{{pool}}")] IWorkerPool pool)
        {
            public ValueTask<string> GreetAsync(string name, CancellationToken cancellationToken) =>
                pool.ExecuteAsync<string>("greet", ToolArguments.Named(("name", name)), cancellationToken: cancellationToken);
        }
        """;

    private static JsonObject Pools(string pool, string adapter) => new()
    {
        [pool] = new JsonObject
        {
            ["Adapter"] = adapter,
            ["Size"] = 2,
            ["Recycle"] = new JsonObject { ["Ttl"] = "1h", ["MaxRequests"] = 10_000 },
            ["Memory"] = new JsonObject { ["SoftLimit"] = "512MiB" },
        },
    };

    private static string Text(JsonObject json) => JsonSerializer.Serialize(json, CliJson.Document.JsonObject);

    [GeneratedRegex(@"^[A-Za-z]\w*\z")]
    private static partial Regex Identifier();
}
