using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Polly;
using Snakepit.Configuration;

namespace Snakepit.Tests.Configuration;

public class PoolOptionTableTests
{
    [Fact]
    public void Table_has_exactly_one_line_for_every_option()
    {
        string[] expected = [.. Settable(typeof(PoolOptions), "").Order(StringComparer.Ordinal)];

        Assert.Equal(expected, PoolOptionTable.Table.All.Select(static option => option.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(NonDefaultTexts))]
    [InlineData("Call.Timeout", "infinite")]
    [InlineData("Health.CheckInterval", "infinite")]
    [InlineData("Call.CancelGrace", "250ms")]
    [InlineData("Recycle.DrainTimeout", "00:01:00")]
    [InlineData("Recycle.MaxCpuTime", "2h")]
    [InlineData("Recycle.MinLifetime", "0s")]
    [InlineData("Queue.Limit", "0")]
    [InlineData("Restart.Jitter", "0")]
    [InlineData("Memory.HardLimit", "1GiB")]
    [InlineData("Crash.TaintOn", "crash")]
    [InlineData("Queue.Fairness", "roundRobin")]
    [InlineData("Queue.WhenFull", "wait")]
    [InlineData("Recycle.Mode", "stopFirst")]
    [InlineData("Start.Method", "zygote")]
    [InlineData("Values.Codec", "marshal")]
    [InlineData("Values.Unserializable", "repRredacted")]
    public void Bind_option_sets_that_option_and_no_other(string path, string text)
    {
        PoolOptions defaults = new();
        string key = path.Replace('.', ':');

        PoolOptions bound = Bound(new() { [key] = text });

        // A list item or map entry is one level below its option.
        string owner = PoolOptionTable.Table.All.Single(
            option => key == option.Key || key.StartsWith(option.Key + ":", StringComparison.Ordinal)).Path;
        foreach (Option<PoolOptions> option in PoolOptionTable.Table.All)
        {
            // The default of Queue.Timeout depends on Queue.WhenFull, and those of several on the profile.
            bool follows = (owner, option.Path) == ("Queue.WhenFull", "Queue.Timeout")
                || (owner == "TimeoutProfile" && TimeoutProfileTests.Family.Contains(option.Path));
            Assert.Equal(option.Path == owner || follows, !Same(option.Read(defaults), option.Read(bound)));
        }
    }

    /// <summary>For every option a text that sets it to something valid other than its default.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> NonDefaultTexts => PoolOptionTable.Table.All.Select(static option =>
    {
        string path = option.Path + option.Type switch
        {
            ListType => ".0",
            MapType => ".NAME",
            _ => "",
        };
        return new TheoryDataRow<string, string>(path, TextsOf(option).First(text => IsOther(option, path.Replace('.', ':'), text)));
    });

    [Theory]
    [InlineData("Queue:Timeout", "30", "Pool:Queue:Timeout is '30'; a duration needs its unit: write '30s' or '00:00:30' for seconds.")]
    [InlineData(
        "Queue:Timeout",
        "soon",
        "Pool:Queue:Timeout is 'soon'; it takes a duration such as '90s' or '00:01:30', with a unit of ms, s, m, h or d.")]
    [InlineData("Call:MaxMessage", "100", "Pool:Call:MaxMessage is '100'; a size needs its unit: write '100MiB' or '100MB' for megabytes.")]
    [InlineData(
        "Call:MaxMessage",
        "big",
        "Pool:Call:MaxMessage is 'big'; it takes a size such as '512MiB' or '500MB', with a unit of B, KiB, "
            + "MiB, GiB, TiB, KB, MB, GB or TB.")]
    [InlineData("Size", "four", "Pool:Size is 'four'; it takes a whole number such as '4'.")]
    [InlineData("Size", "", "Pool:Size is ''; it takes a whole number such as '4'.")]
    [InlineData("Size", null, "Pool:Size is null; it takes a whole number such as '4'.")]
    [InlineData("Recycle:MaxRequests", "1,000", "Pool:Recycle:MaxRequests is '1,000'; it takes a whole number such as '4', or 'null'.")]
    [InlineData("Stop:DrainQueue", "yes", "Pool:Stop:DrainQueue is 'yes'; it takes 'true' or 'false'.")]
    [InlineData("Restart:Jitter", "20%", "Pool:Restart:Jitter is '20%'; it takes a number such as '0.2'.")]
    [InlineData("Adapter", null, "Pool:Adapter is null; it takes a text; remove the setting to keep its default.")]
    [InlineData(
        "Values:Unserializable",
        "repr_truncted",
        "Pool:Values:Unserializable is 'repr_truncted'; it takes one of None, Type, ReprTruncated, ReprRedacted. "
            + "Did you mean 'ReprTruncated'?")]
    [InlineData(
        "Values:Unserializable", "1", "Pool:Values:Unserializable is '1'; it takes one of None, Type, ReprTruncated, ReprRedacted.")]
    [InlineData("Size:Count", "4", "Pool:Size has keys below it; it takes a single value.")]
    [InlineData(
        "Python:PythonPath",
        "/a:/b",
        "Pool:Python:PythonPath takes a list of texts: [\"a\", \"b\"] in JSON, Pool:Python:PythonPath:0 and "
            + "Pool:Python:PythonPath:1 elsewhere.")]
    [InlineData(
        "Python:PythonPath:first",
        "/a",
        "Pool:Python:PythonPath takes a list of texts: [\"a\", \"b\"] in JSON, Pool:Python:PythonPath:0 and "
            + "Pool:Python:PythonPath:1 elsewhere.")]
    [InlineData(
        "Python:Variables",
        "A=1",
        "Pool:Python:Variables takes names and values: { \"NAME\": \"value\" } in JSON, Pool:Python:Variables:NAME elsewhere.")]
    [InlineData("Python:Variables:A:B", "1", "Pool:Python:Variables:A has keys below it; it takes a single value.")]
    [InlineData("Breaker", "0.5", "Pool:Breaker is '0.5'; it takes settings below it: FailureRatio, MinimumCalls, Window, Duration.")]
    [InlineData("Adaptor", "a.py", "Pool:Adaptor is not a setting. Did you mean 'Adapter'?")]
    [InlineData("Recyle:MaxRequests", "5", "Pool:Recyle is not a setting. Did you mean 'Recycle'?")]
    [InlineData("Recycle:MaxRequest", "5", "Pool:Recycle:MaxRequest is not a setting. Did you mean 'MaxRequests'?")]
    [InlineData("MaxRequests", "5", "Pool:MaxRequests is not a setting. Did you mean 'Recycle:MaxRequests'?")]
    [InlineData("Recycle.MaxRequests", "5", "Pool:Recycle.MaxRequests is not a setting. Did you mean 'Recycle:MaxRequests'?")]
    [InlineData(
        "Breaker:Fortnightly",
        "5",
        "Pool:Breaker:Fortnightly is not a setting. There are FailureRatio, MinimumCalls, Window, Duration.")]
    public void Bind_what_it_would_have_to_guess_is_refused_with_the_remedy(string key, string? value, string problem) =>
        Assert.Equal([problem], Problems(new() { [key] = value }));

    [Fact]
    public void Bind_several_problems_reports_all() =>
        Assert.Equal(3, Problems(new() { ["Size"] = "x", ["Adaptor"] = "y", ["Queue:Timeout"] = "5" }).Count);

    [Fact]
    public void Bind_secret_variable_never_appears_in_a_problem()
    {
        List<string> problems = Problems(
            new() { ["Python:Variables"] = "hunter2", ["Python:Variables:A"] = "hunter2", ["Python:Variables:A:B"] = "hunter2" });

        Assert.Equal(2, problems.Count);
        Assert.DoesNotContain("hunter2", string.Concat(problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("")]
    [InlineData(null)]
    public void Bind_null_over_optional_settings_switches_them_off(string? off)
    {
        PoolOptions options =
            new() { Recycle = { MaxRequests = 5, MaxConcurrent = 2 }, Python = { Executable = "python3", Environment = ".venv" } };

        Assert.Empty(Problems(
            new()
            {
                ["Recycle:MaxRequests"] = off,
                ["Recycle:MaxConcurrent"] = off,
                ["Python:Executable"] = off,
                ["Python:Environment"] = off,
            }, options));

        Assert.Null(options.Recycle.MaxRequests);
        Assert.Null(options.Recycle.MaxConcurrent);
        Assert.Null(options.Python.Executable);
        Assert.Null(options.Python.Environment);
    }

    [Fact]
    public void Bind_explicit_false_and_zero_over_other_values_are_respected()
    {
        PoolOptions options = new() { Queue = { Limit = 5 }, Restart = { Jitter = 0.5 }, Stop = { DrainQueue = true } };

        Assert.Empty(Problems(new() { ["Queue:Limit"] = "0", ["Restart:Jitter"] = "0", ["Stop:DrainQueue"] = "false" }, options));

        Assert.Equal(0, options.Queue.Limit);
        Assert.Equal(0, options.Restart.Jitter);
        Assert.False(options.Stop.DrainQueue);
    }

    [Fact]
    public void Bind_list_over_a_list_replaces_it_and_keeps_order()
    {
        PoolOptions options = new() { Python = { PythonPath = { "old" } } };

        Bind(Sections.Snakepit("""{ "Python": { "PythonPath": ["b", "a", "c"] } }"""), options);

        Assert.Equal(["b", "a", "c"], options.Python.PythonPath);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"\"")]
    public void Bind_empty_list_over_a_list_empties_it(string empty)
    {
        PoolOptions options = new() { Python = { PythonPath = { "old" } } };

        Bind(Sections.Snakepit($$"""{ "Python": { "PythonPath": {{empty}} } }"""), options);

        Assert.Empty(options.Python.PythonPath);
    }

    [Fact]
    public void Bind_map_over_a_map_adds_to_it_and_null_removes_a_variable()
    {
        PoolOptions options = new() { Python = { Variables = { ["A"] = "1", ["B"] = "2" } } };

        Bind(Sections.Snakepit("""{ "Python": { "Variables": { "B": "3", "C": "", "D": null } } }"""), options);

        Assert.Equal([new("A", "1"), new("B", "3"), new("C", ""), new("D", null)], options.Python.Variables);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "Recycle": {}, "Python": null }""")]
    public void Bind_empty_groups_change_nothing(string json)
    {
        PoolOptions options = new();

        Bind(Sections.Snakepit(json), options);

        PoolOptions defaults = new();
        Assert.All(PoolOptionTable.Table.All, option => Assert.True(Same(option.Read(defaults), option.Read(options)), option.Path));
    }

    private static void Bind(IConfigurationSection section, PoolOptions options)
    {
        List<string> problems = [];
        PoolOptionTable.Table.Bind(section, options, problems);
        Assert.Empty(problems);
    }

    private static PoolOptions Bound(Dictionary<string, string?> values)
    {
        PoolOptions options = new();
        Assert.Empty(Problems(values, options));
        return options;
    }

    private static List<string> Problems(Dictionary<string, string?> values, PoolOptions? options = null)
    {
        List<string> problems = [];
        IConfigurationRoot root = new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(static pair => new KeyValuePair<string, string?>($"Pool:{pair.Key}", pair.Value)))
            .Build();
        PoolOptionTable.Table.Bind(root.GetSection("Pool"), options ?? new PoolOptions(), problems);
        return problems;
    }

    private static string[] TextsOf(Option<PoolOptions> option) => option.Read(new PoolOptions()) is Enum choice
        ? Enum.GetNames(choice.GetType())
        : ["true", "false", "2", "3", "0.3", "90s", "2s", "512MiB", "other"];

    private static bool IsOther(Option<PoolOptions> option, string key, string text)
    {
        PoolOptions options = new() { Adapter = "a.py" };
        options.Python.Project = option.Path == "Python.PrepareEnvironment" ? "project" : null; // which goes with it
        List<string> problems = Problems(new() { [key] = text }, options);
        PoolOptionsValidator.Check("text", options, problems);
        return problems.Count == 0 && !Same(option.Read(new PoolOptions()), option.Read(options));
    }

    private static bool Same(object? left, object? right) => left is IEnumerable and not string
        ? ((IEnumerable)left).Cast<object>().SequenceEqual(((IEnumerable)right!).Cast<object>())
        : Equals(left, right);

    /// <summary>
    /// Returns the options below a type. Get-only properties of Snakepit's own classes are groups; every other property is an option.
    /// </summary>
    private static IEnumerable<string> Settable(Type type, string prefix) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(static property => property.PropertyType != typeof(ResiliencePipeline)) // a pipeline is an object that only code can create
        .Where(static property => property.PropertyType != typeof(ISessionStore)) // so is a store
        .Where(static property => property.Name != nameof(HostToolCollection.Count)) // so are host tools
        .SelectMany(property => property.CanWrite || property.PropertyType.Namespace != nameof(Snakepit)
            ? [prefix + property.Name]
            : Settable(property.PropertyType, $"{prefix}{property.Name}."));
}
