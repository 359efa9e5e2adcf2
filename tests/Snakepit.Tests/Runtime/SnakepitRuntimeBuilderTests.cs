using Microsoft.Extensions.Configuration;
using Snakepit.Tests.Configuration;

namespace Snakepit.Tests.Runtime;

public class SnakepitRuntimeBuilderTests
{
    [Fact]
    public void Build_takes_each_setting_from_default_then_defaults_then_pool_then_own_section_then_code()
    {
        IConfigurationSection section = Sections.Snakepit("""
            {
              "Defaults": { "Adapter": "d.py", "Size": 2, "MinReady": 2, "Queue": { "Limit": 2 }, "Recycle": { "MaxRequests": 2 } },
              "Pools": { "text": { "MinReady": 1, "Queue": { "Limit": 3 }, "Recycle": { "MaxRequests": 3 } } },
              "StartPolicy": "anyReady",
              "MaxConcurrentStarts": "12"
            }
            """);
        IConfigurationSection own = Sections.Snakepit("""{ "Queue": { "Limit": 4 }, "Recycle": { "MaxRequests": 4 } }""");
        var builder = new SnakepitRuntimeBuilder();

        builder.UseConfiguration(section).AddPool("text", own, static p => p.Recycle.MaxRequests = 5);
        (SnakepitOptions options, IReadOnlyDictionary<string, PoolOptions> pools) = builder.Build();

        PoolOptions text = pools["text"];
        Assert.Equal(30, text.Boot.Timeout.TotalSeconds);
        Assert.Equal(("d.py", 2), (text.Adapter, text.Size));
        Assert.Equal((1, 4, 5), (text.MinReady, text.Queue.Limit, text.Recycle.MaxRequests));
        Assert.Equal((StartPolicy.AnyReady, 12), (options.StartPolicy, options.MaxConcurrentStarts));
    }

    [Fact]
    public void Build_pools_of_code_and_configuration_are_merged_without_case()
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.UseConfiguration(
            Sections.Snakepit("""{ "Pools": { "Text": { "Adapter": "t.py", "Size": 3 }, "vision": { "Adapter": "v.py" } } }"""));
        builder.AddPool("text", static p => p.Size = 7).AddPool("audio", static p => p.Adapter = "a.py");

        IReadOnlyDictionary<string, PoolOptions> pools = builder.Build().Pools;

        Assert.Equal(["audio", "text", "vision"], pools.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("t.py", 7), (pools["text"].Adapter, pools["text"].Size));
    }

    [Fact]
    public void Build_later_section_is_laid_over_an_earlier_one()
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.UseConfiguration(Sections.Snakepit("""
            { "StartPolicy": "AnyReady", "Defaults": { "Size": 2 }, "Pools": { "text": { "Adapter": "a.py", "MinReady": 2 } } }
            """));
        builder.UseConfiguration(Sections.Snakepit("""{ "Defaults": { "Size": 3 }, "Pools": { "text": { "Adapter": "b.py" } } }"""));

        (SnakepitOptions options, IReadOnlyDictionary<string, PoolOptions> pools) = builder.Build();

        Assert.Equal(("b.py", 3, 2), (pools["text"].Adapter, pools["text"].Size, pools["text"].MinReady));
        Assert.Equal(StartPolicy.AnyReady, options.StartPolicy);
    }

    [Fact]
    public void Build_null_in_a_later_section_switches_a_setting_off()
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.UseConfiguration(Sections.Snakepit("""{ "MaxConcurrentStarts": 3, "Pools": { "text": { "Adapter": "a.py" } } }"""));
        builder.UseConfiguration(Sections.Snakepit("""{ "MaxConcurrentStarts": null }"""));

        Assert.Null(builder.Build().Options.MaxConcurrentStarts);
    }

    [Fact]
    public void Build_options_set_after_configuration_win()
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.UseConfiguration(Sections.Snakepit("""{ "StartPolicy": "AnyReady", "Pools": { "text": { "Adapter": "a.py" } } }"""));
        builder.Options.StartPolicy = StartPolicy.Background;

        Assert.Equal(StartPolicy.Background, builder.Build().Options.StartPolicy);
    }

    [Fact]
    public void Build_problems_of_all_pools_and_layers_are_told_at_once_and_shared_ones_once()
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.UseConfiguration(Sections.Snakepit("""
            {
              "StartPolice": "AllReady",
              "StartPolicy": "Soon",
              "MaxConcurrentStarts": "few",
              "Defaults": { "Queue": { "Timeout": "30" } },
              "Pools": { "text": { "Adapter": "a.py" }, "vision": { "Adaptor": "v.py" }, "a b": { "Adapter": "c.py" } }
            }
            """));

        SnakepitConfigurationException thrown = Assert.Throws<SnakepitConfigurationException>(() => builder.Build());

        Assert.Equal(
            [
                "Snakepit:MaxConcurrentStarts is 'few'; it takes a whole number such as '4', or 'null'.",
                "Snakepit:StartPolice is not a setting. Did you mean 'StartPolicy'?",
                "Snakepit:StartPolicy is 'Soon'; it takes one of AllReady, AnyReady, Background, Checked.",
                "Snakepit:Defaults:Queue:Timeout is '30'; a duration needs its unit: write '30s' or '00:00:30' for seconds.",
            ],
            thrown.Problems.Take(4));
        Assert.Equal(7, thrown.Problems.Count);
        Assert.Contains(
            thrown.Problems, static problem => problem.StartsWith("Snakepit:Pools:vision:Adaptor is not", StringComparison.Ordinal));
        Assert.Contains(thrown.Problems, static problem => problem.StartsWith("Pool 'vision': Adapter is empty", StringComparison.Ordinal));
        Assert.Contains(thrown.Problems, static problem => problem.StartsWith("Pool 'a b': the name", StringComparison.Ordinal));
        Assert.StartsWith("Snakepit's configuration has 7 problems:", thrown.Message, StringComparison.Ordinal);
        Assert.All(thrown.Problems, problem => Assert.Contains(problem, thrown.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Build_single_problem_is_the_message()
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.AddPool("text", static p => (p.Adapter, p.Size) = ("a.py", 0));

        SnakepitConfigurationException thrown = Assert.Throws<SnakepitConfigurationException>(() => builder.Build());

        Assert.Equal(thrown.Message, Assert.Single(thrown.Problems));
    }

    [Theory]
    [InlineData("""{ "Pool": { "text": {} } }""", "Snakepit:Pool is not a setting. Did you mean 'Pools'?")]
    [InlineData(
        """{ "Logging": "x" }""",
        "Snakepit:Logging is not a setting. There are StartPolicy, MaxConcurrentStarts, MemoryBudget, MaxConcurrentRecycles, Defaults, "
        + "Pools.")]
    [InlineData("""{ "StartPolicy": null }""", "Snakepit:StartPolicy is null; it takes one of AllReady, AnyReady, Background, Checked.")]
    [InlineData("""{ "Pools": "text" }""", "Snakepit:Pools is 'text'; it takes pools by name, each with its settings below it.")]
    [InlineData("""{ "Pools": { "text": "a.py" } }""", "Snakepit:Pools:text is 'a.py'; it takes settings below it: Adapter, Size,")]
    [InlineData(
        """{ "Pools": [{ "Adapter": "a.py" }] }""",
        "Snakepit:Pools is an array; it takes pools by name: { \"text\": { \"Adapter\": \"text.py\" } } in JSON, "
            + "Snakepit:Pools:text:Adapter elsewhere.")]
    [InlineData(
        """{ "Pools": { "text": { "Adapter": "a.py" }, "0": { "Adapter": "b.py" } } }""",
        "Snakepit:Pools is an array; it takes pools by name:")]
    [InlineData(
        """{ "Defaults": "a.py" , "Pools": { "text": {} } }""", "Snakepit:Defaults is 'a.py'; it takes settings below it: Adapter, Size,")]
    [InlineData("{ }", "There is no pool: code adds none, and there is none below Snakepit:Pools. Call AddPool(")]
    public void Build_misshapen_section_is_a_problem(string json, string problem)
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.UseConfiguration(Sections.Snakepit(json));

        SnakepitConfigurationException thrown = Assert.Throws<SnakepitConfigurationException>(() => builder.Build());

        Assert.Contains(thrown.Problems, found => found.StartsWith(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Build_start_policy_that_does_not_exist_is_a_problem()
    {
        var builder = new SnakepitRuntimeBuilder { Options = { StartPolicy = (StartPolicy)7 } };
        builder.AddPool("text", static p => p.Adapter = "a.py");

        Assert.Equal(
            "StartPolicy is 7; there is no such value. Set StartPolicy to one of AllReady, AnyReady, Background, Checked.",
            Assert.Throws<SnakepitConfigurationException>(() => builder.Build()).Message);
    }

    [Fact]
    public void A_bound_of_starts_that_lets_none_start_is_refused()
    {
        SnakepitRuntimeBuilder builder = new SnakepitRuntimeBuilder { Options = { MaxConcurrentStarts = 0 } }.AddPool(
            "text", static p => p.Adapter = "a.py");

        Assert.Equal(
            "MaxConcurrentStarts is 0; it must be at least 1. "
            + "Set MaxConcurrentStarts to the number of workers that may be starting at once, such as 8, "
            + "or to null for twice the processor count.",
            Assert.Throws<SnakepitConfigurationException>(() => builder.Build()).Message);
    }

    [Fact]
    public void Build_every_option_of_the_runtime_is_a_setting()
    {
        string[] options =
        [
            .. typeof(SnakepitOptions).GetProperties().Where(static property => property.CanWrite).Select(static property => property.Name),
        ];

        Assert.NotEmpty(options);
        Assert.All(options, static option =>
        {
            var builder = new SnakepitRuntimeBuilder();
            builder.UseConfiguration(Sections.Snakepit($$"""{ "{{option}}": "unreadable" }"""));
            Assert.StartsWith(
                $"Snakepit:{option} is 'unreadable'; it takes",
                Assert.Throws<SnakepitConfigurationException>(() => builder.Build()).Problems[0],
                StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Build_own_section_that_does_not_exist_is_a_problem()
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.AddPool("text", Sections.Root("{}").GetSection("Acme:Txt"), static p => p.Adapter = "a.py");

        Assert.Equal(
            "Pool 'text': there is no configuration section Acme:Txt, or it is empty. "
                + "Add the section, or correct the path given to AddPool.",
            Assert.Throws<SnakepitConfigurationException>(() => builder.Build()).Message);
    }

    [Fact]
    public void Build_section_that_does_not_exist_is_a_problem()
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.UseConfiguration(Sections.Root("{}").GetSection("Snakpit")).AddPool("text", static p => p.Adapter = "a.py");

        Assert.Equal(
            "Snakepit: there is no configuration section Snakpit, or it is empty. "
                + "Correct the name given to AddSnakepit or UseConfiguration, add the section, or leave it out.",
            Assert.Throws<SnakepitConfigurationException>(() => builder.Build()).Message);
    }

    [Fact]
    public void AddPool_name_that_is_taken_throws()
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.AddPool("text", static _ => { });

        Assert.StartsWith(
            "Pool 'TEXT' is added twice",
            Assert.Throws<SnakepitConfigurationException>(() => builder.AddPool("TEXT", static _ => { })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AddPool_name_that_is_not_allowed_throws() =>
        Assert.StartsWith(
            "Pool 'a/b': the name must",
            Assert.Throws<SnakepitConfigurationException>(() => new SnakepitRuntimeBuilder().AddPool("a/b", static _ => { })).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task StartAsync_invalid_options_throws_before_anything_starts()
    {
        SnakepitConfigurationException thrown = await Assert.ThrowsAsync<SnakepitConfigurationException>(
            () => SnakepitRuntime.StartAsync(static s => s.AddPool("text", static _ => { }), TestContext.Current.CancellationToken));

        Assert.StartsWith("Pool 'text': Adapter is empty", thrown.Message, StringComparison.Ordinal);
    }
}
