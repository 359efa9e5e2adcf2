using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Snakepit.Telemetry;

namespace Snakepit.Tests.Configuration;

/// <summary>Settings in a section that nothing reads: its name is misspelt, or the code does not pass it on.</summary>
public sealed class UnreadSectionTests
{
    private const string OnePool = """ "Snakepit": { "Pools": { "text": { "Adapter": "a.py" } } } """;
    private const string GiveSnakepit = "AddSnakepit(builder.Configuration.GetSection(\"Snakepit\")).";
    private const string AddPool = "Call AddPool(\"text\", p => p.Adapter = \"adapters/text.py\"), or add a pool below Snakepit:Pools";
    private const StringComparison Exactly = StringComparison.Ordinal;

    private readonly FakeLogCollector _logs = FakeLogCollector.Create(new FakeLogCollectorOptions());

    [Theory]
    [InlineData(
        """ "Snakepit": { "Defaults": { "Size": 2 } }, "Snakpit": { "Pools": { "text": { "Size": 2 }, "stats": { "Size": 2 } } } """,
        "Snakpit:Pools:stats, Snakpit:Pools:text look like pools, but are not read. "
        + "Move them below Snakepit:Pools, or give the section Snakpit to AddSnakepit.")]
    [InlineData(
        """ "Snakepit": { "Pools": {} }, "Snakpit": { "Pools": { "text": { "Size": 2 } } } """,
        "Snakpit:Pools:text looks like a pool, but is not read. "
        + "Move it below Snakepit:Pools, or give the section Snakpit to AddSnakepit.")]
    [InlineData(
        """ "Snakepit": { "StartPolicy": "Background" }, "Acme": { "Workers": { "text": { "Adapter": "a.py" } } } """,
        "Acme:Workers:text looks like a pool, but is not read. Move it below Snakepit:Pools.")]
    [InlineData(
        """ "Snakepit": { "StartPolicy": "Background" }, "text": { "Adapter": "a.py" } """,
        "text looks like a pool, but is not read. Move it below Snakepit:Pools.")]
    [InlineData(
        """ "Snakepit": { "Defaults": { "Adapter": "a.py" } }, "Logging": { "LogLevel": { "Default": "Information" } } """,
        $"{AddPool}.")]
    public void Build_without_pools_names_the_sections_that_look_like_pools(string json, string advice) =>
        Assert.Equal($"There is no pool: code adds none, and there is none below Snakepit:Pools. {advice}", Message(json, "Snakepit"));

    [Theory]
    [InlineData(
        OnePool,
        $"Snakepit:Pools:text looks like a pool, but is not read. Write {GiveSnakepit}")]
    [InlineData(
        """ "Snakepit": { "Pool": { "text": { "Adapter": "a.py" } } } """,
        $"Snakepit:Pool:text looks like a pool, but is not read. Move it below Snakepit:Pools, and write {GiveSnakepit}")]
    [InlineData("", $"{AddPool} and write {GiveSnakepit}")]
    public void Build_without_a_section_says_which_to_pass(string json, string advice) =>
        Assert.Equal(
            "There is no pool: code adds none, and no section of the configuration was given to AddSnakepit or UseConfiguration. " + advice,
            Message(json));

    [Fact]
    public void Build_with_a_misspelt_key_in_the_section_names_the_pools_below_it()
    {
        string message = Message(""" "Snakepit": { "Pool": { "text": { "Adapter": "a.py" } } } """, "Snakepit");

        Assert.Contains("Snakepit:Pool is not a setting. Did you mean 'Pools'?", message, Exactly);
        Assert.EndsWith("Snakepit:Pool:text looks like a pool, but is not read. Move it below Snakepit:Pools.", message, Exactly);
    }

    [Fact]
    public void Build_with_the_section_of_the_pools_themselves_says_to_give_the_one_above() =>
        Assert.EndsWith(
            "Move it below Snakepit:Pools:Pools, or give the section Snakepit to AddSnakepit.",
            Message(OnePool, "Snakepit:Pools"),
            Exactly);

    [Fact]
    public void Build_where_only_the_section_is_known_searches_that()
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.UseConfiguration(Sections.Snakepit("""{ "Pols": { "text": { "Size": 2 } } }"""));

        string message = Assert.Throws<SnakepitConfigurationException>(() => builder.Build()).Message;

        Assert.Contains("Snakepit:Pols:text looks like a pool", message, Exactly);
    }

    [Fact]
    public void Build_with_several_sections_names_all_that_were_read()
    {
        const string json = """ "Acme": { "StartPolicy": "Background" }, "Snakepit": { "Tools": { "text": { "Adapter": "a.py" } } } """;

        Assert.Contains(
            "there is none below Acme:Pools or Snakepit:Pools. Snakepit:Tools:text looks like a pool",
            Message(json, "Acme", "Snakepit"),
            Exactly);
    }

    [Fact]
    public void Build_with_many_such_sections_names_five()
    {
        string pools = string.Join(", ", Enumerable.Range(1, 8).Select(static number => $$""" "p{{number}}": { "Size": 1 } """));

        string message = Message($$""" "Snakpit": { "Pools": { {{pools}} } } """);

        Assert.Contains("Snakpit:Pools:p5 and 3 more look like pools", message, Exactly);
    }

    [Theory]
    [InlineData(""" "Snakpit": { "Pools": { "text": { "Size": 1 } } } """, "Snakpit")]
    [InlineData(""" "Snakepits": { "Default": { "Size": 1 } } """, "Snakepits")]
    public async Task Section_of_nearly_the_same_name_that_is_not_read_is_warned_of(string json, string unread)
    {
        await CreateAsync(Builder($"{OnePool}, {json}", "Snakepit"));

        Assert.Equal(
            $"The configuration section {unread} is not read, so its settings have no effect. If you meant Snakepit, rename it",
            Assert.Single(Warnings()));
    }

    [Fact]
    public async Task Own_section_of_a_pool_is_compared_too()
    {
        SnakepitRuntimeBuilder builder = Builder(""" "Acme": { "Audio": { "Adapter": "a.py" }, "Adio": { "Recycle": { "Ttl": "1h" }}} """);

        await CreateAsync(builder.AddPool("audio", builder.Configuration!.GetSection("Acme:Audio")));

        Assert.StartsWith("The configuration section Acme:Adio is not read", Assert.Single(Warnings()), Exactly);
    }

    [Theory]
    [InlineData(""" "Serilog": { "Pools": { "x": "y" } }, "Snakepits": { "Url": "http://x" } """)]
    [InlineData(""" "Snakepit2": { "Pools": { "other": { "Adapter": "b.py" } } } """, "Snakepit2")]
    public async Task Other_sections_and_those_that_are_read_are_not_warned_of(string json, params string[] read)
    {
        await CreateAsync(Builder($"{OnePool}, {json}", ["Snakepit", .. read]));

        Assert.Empty(Warnings());
    }

    private static async Task CreateAsync(SnakepitRuntimeBuilder builder) => await builder.CreateRuntime().DisposeAsync();

    private string Message(string json, params string[] read) =>
        Assert.Throws<SnakepitConfigurationException>(() => Builder(json, read).Build()).Message;

    private SnakepitRuntimeBuilder Builder(string json, params string[] read)
    {
        IConfigurationRoot root = Sections.Root($$"""{ {{json}} }""");
        var loggers = new LoggerFactory([new FakeLoggerProvider(_logs)]);
        var builder = new SnakepitRuntimeBuilder { Configuration = root, LoggerFactory = loggers };
        Array.ForEach(read, section => builder.UseConfiguration(root.GetSection(section)));
        return builder;
    }

    private IEnumerable<string> Warnings() =>
        _logs.GetSnapshot().Where(static record => record.Id.Id == EventIds.SectionNotRead).Select(static record => record.Message);
}
