using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Snakepit.Configuration;

namespace Snakepit.Tests.Configuration;

/// <summary>The JSON schema of appsettings.json accepts and rejects what the library accepts and rejects.</summary>
public sealed class ConfigurationSchemaTests
{
    private static readonly JsonSchema s_schema =
        JsonSchema.FromText(File.ReadAllText(RepositoryFiles.PathOf("src", "Snakepit", "ConfigurationSchema.json")));

    public static TheoryData<string> Files =>
    [
        .. new[] { RepositoryFiles.PathOf("samples"), RepositoryFiles.PathOf("src", "Snakepit.Templates", "content") }
            .SelectMany(static folder => Directory.EnumerateFiles(folder, "appsettings*.json", SearchOption.AllDirectories))
            .Select(static path => Path.GetRelativePath(RepositoryFiles.Root, path))
            .Where(static path => !path.Split('/', '\\').Any(static part => part is "bin" or "obj")),
    ];

    /// <summary>Settings of every single option as JSON, with names in the case that editors complete.</summary>
    public static IEnumerable<TheoryDataRow<string>> Settings =>
        from row in PoolOptionTableTests.NonDefaultTexts
        let path = row.Data.Item1
        join option in PoolOptionTable.Table.All on path equals option.Path // list items and map entries have a longer path
        let type = option.Type.NotNull
        where type is TextType or SwitchType or RangeType<int> or RangeType<double> or RangeType<TimeSpan> or RangeType<MemorySize>
        let isQuoted = type is not (SwitchType or RangeType<int> or RangeType<double>)
        select new TheoryDataRow<string>(Nested(path, isQuoted ? JsonSerializer.Serialize(row.Data.Item2) : row.Data.Item2));

    [Theory]
    [MemberData(nameof(Files))]
    public void Settings_of_samples_and_templates_are_valid(string file) =>
        Assert.True(IsValid(File.ReadAllText(RepositoryFiles.PathOf(file))));

    [Theory]
    [MemberData(nameof(Settings))]
    [InlineData("""{ "Start": { "Method": "Zygote", "Preload": ["numpy"] }, "Values": { "Codec": "Json", "Unserializable": "None" } }""")]
    [InlineData("""{ "Queue": { "WhenFull": "Wait", "Fairness": "RoundRobin" } }""")]
    [InlineData("""{ "Recycle": { "Mode": "StopFirst" }, "Crash": { "TaintOn": "All" } }""")]
    [InlineData("""{ "Python": { "PythonPath": ["lib"], "Variables": { "A": "1", "B": 2, "C": true, "D": null } } }""")]
    [InlineData("""{ "Python": { "PythonPath": null, "Variables": null, "Executable": null }, "Start": { "Preload": [] } }""")]
    [InlineData("""{ "Recycle": { "Ttl": null, "MaxRequests": null, "IdleTimeout": "1.5h", "MaxCpuTime": "1.00:00:00" } }""")]
    [InlineData("""{ "Memory": { "SoftLimit": null, "HardLimit": "500MB" }, "Health": { "UnresponsiveTimeout": "infinite" } }""")]
    [InlineData("""{ "Breaker": { "FailureRatio": null, "Window": "500ms" } }""")]
    public void Pool_that_can_be_read_is_valid(string pool)
    {
        Assert.Empty(Problems(pool));
        Assert.True(IsValid(Section(pool)));
    }

    [Theory]
    [InlineData("""{ "Adaptor": "a.py" }""")]
    [InlineData("""{ "Adapter": null }""")]
    [InlineData("""{ "Recyle": { "MaxRequests": 5 } }""")]
    [InlineData("""{ "Recycle": { "MaxRequest": 5 } }""")]
    [InlineData("""{ "Recycle": { "MaxRequests": 0 } }""")]
    [InlineData("""{ "Recycle": 1000 }""")]
    [InlineData("""{ "Size": "four" }""")]
    [InlineData("""{ "Size": null }""")]
    [InlineData("""{ "Size": 0 }""")]
    [InlineData("""{ "Size": 10001 }""")]
    [InlineData("""{ "Size": 1.5 }""")]
    [InlineData("""{ "Queue": { "Timeout": 30 } }""")]
    [InlineData("""{ "Queue": { "Timeout": "30" } }""")]
    [InlineData("""{ "Queue": { "Timeout": "01:30" } }""")]
    [InlineData("""{ "Queue": { "Timeout": "soon" } }""")]
    [InlineData("""{ "Boot": { "Timeout": "infinite" } }""")]
    [InlineData("""{ "Boot": { "Timeout": null } }""")]
    [InlineData("""{ "Call": { "MaxMessage": 100 } }""")]
    [InlineData("""{ "Call": { "MaxMessage": "big" } }""")]
    [InlineData("""{ "Restart": { "Jitter": 1.1 } }""")]
    [InlineData("""{ "Breaker": { "FailureRatio": 0 } }""")]
    [InlineData("""{ "Stop": { "DrainQueue": "yes" } }""")]
    [InlineData("""{ "Values": { "Unserializable": "ReprTruncted" } }""")]
    [InlineData("""{ "Python": { "PythonPath": "/a:/b" } }""")]
    [InlineData("""{ "Python": { "Variables": "A=1" } }""")]
    [InlineData("""{ "Python": { "Variables": { "A": { "B": "1" } } } }""")]
    public void Pool_that_is_refused_is_not_valid(string pool)
    {
        Assert.NotEmpty(Problems(pool));
        Assert.False(IsValid(Section(pool)));
    }

    [Theory]
    [InlineData("""{ "StartPolicy": "AnyReady", "MaxConcurrentStarts": 1, "Defaults": { "Size": 1 }, "Pools": {} }""", true)]
    [InlineData("""{ "MaxConcurrentStarts": null }""", true)]
    [InlineData("""{ "MaxConcurrentStarts": 0 }""", false)]
    [InlineData("""{ "StartPolicy": "Soon" }""", false)]
    [InlineData("""{ "StartPolice": "AnyReady" }""", false)]
    [InlineData("""{ "Defaults": { "Sise": 1 } }""", false)]
    [InlineData("""{ "Pools": { "text": "a.py" } }""", false)]
    public void Section_of_the_runtime_is_checked(string section, bool expected) =>
        Assert.Equal(expected, IsValid($$"""{ "Snakepit": {{section}} }"""));

    [Theory]
    [InlineData("text")]
    [InlineData("4")]
    [InlineData("A.b-c_9")]
    [InlineData("x234567890123456789012345678901234567890123456789012345678901234")]
    [InlineData("x2345678901234567890123456789012345678901234567890123456789012345")]
    [InlineData("")]
    [InlineData("-x")]
    [InlineData("a/b")]
    [InlineData("größe")]
    public void Pool_name_is_checked(string name) =>
        Assert.Equal(PoolName.IsValid(name), IsValid($$"""{ "Snakepit": { "Pools": { {{JsonSerializer.Serialize(name)}}: {} } } }"""));

    [Fact]
    public void Other_sections_are_left_alone() => Assert.True(IsValid("""{ "Logging": { "LogLevel": {} }, "Acme": 3 }"""));

    private static bool IsValid(string json) => s_schema.Evaluate(JsonDocument.Parse(json).RootElement).IsValid;

    private static string Section(string pool) => $$"""{ "Snakepit": { "Pools": { "text": {{pool}} } } }""";

    private static string Nested(string path, string value) =>
        path.Split('.').Reverse().Aggregate(value, static (inner, name) => $$"""{ "{{name}}": {{inner}} }""");

    /// <summary>Returns the library's problems with a pool that has these settings and an adapter.</summary>
    private static List<string> Problems(string pool)
    {
        JsonObject settings = JsonNode.Parse(pool)!.AsObject();
        settings.TryAdd("Adapter", "a.py");
        var options = new PoolOptions { Size = 100 };
        List<string> problems = [];
        PoolOptionTable.Table.Bind(Sections.Snakepit(settings.ToJsonString()), options, problems);
        options.Python.Project ??= options.Python.PrepareEnvironment ? "project" : null; // which goes with it
        PoolOptionsValidator.Check("text", options, problems);
        return problems;
    }
}
