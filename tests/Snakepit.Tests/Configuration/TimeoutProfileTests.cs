using Snakepit.Configuration;

namespace Snakepit.Tests.Configuration;

public class TimeoutProfileTests
{
    /// <summary>The options whose defaults depend on the profile.</summary>
    public static IReadOnlyList<string> Family { get; } =
    [
        "Call.Timeout", "Call.StreamIdleTimeout", "Call.CancelGrace", "Queue.Timeout", "Boot.Timeout", "Recycle.DrainTimeout",
        "Health.LivenessTimeout", "Session.MoveTimeout",
    ];

    [Fact]
    public void Profile_changes_the_defaults_of_its_family_and_no_others()
    {
        var plain = new PoolOptions();
        foreach (TimeoutProfile profile in Enum.GetValues<TimeoutProfile>().Where(static x => x != TimeoutProfile.Balanced))
        {
            var options = new PoolOptions { TimeoutProfile = profile };

            string[] changed =
            [
                .. PoolOptionTable.Table.All
                    .Where(option => option.Show(options) != option.Show(plain))
                    .Select(static option => option.Path),
            ];

            Assert.Contains("Call.Timeout", changed);
            Assert.Empty(changed.Except([.. Family, "TimeoutProfile"]));
        }
    }

    [Fact]
    public void Profile_every_combination_is_valid()
    {
        foreach (TimeoutProfile profile in Enum.GetValues<TimeoutProfile>())
        {
            List<string> problems = [];
            PoolOptionsValidator.Check("text", new PoolOptions { Adapter = "text.py", TimeoutProfile = profile }, problems);
            Assert.Empty(problems);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Profile_set_timeout_keeps_its_value_in_either_order(bool profileFirst)
    {
        var options = new PoolOptions();
        if (profileFirst)
        {
            options.TimeoutProfile = TimeoutProfile.Batch;
        }
        options.Call.Timeout = TimeSpan.FromSeconds(60); // the value that it has by default
        options.Recycle.DrainTimeout = TimeSpan.FromSeconds(1);
        options.TimeoutProfile = TimeoutProfile.Batch;

        Assert.Equal(TimeSpan.FromSeconds(60), options.Call.Timeout);
        Assert.Equal(TimeSpan.FromSeconds(1), options.Recycle.DrainTimeout);
        Assert.Equal(TimeSpan.FromMinutes(5), options.Queue.Timeout);
    }

    [Fact]
    public void Profile_timeout_of_the_defaults_section_outranks_the_profile_of_the_pool()
    {
        SnakepitRuntimeBuilder builder = new();
        builder.UseConfiguration(Sections.Snakepit("""
            { "Defaults": { "Queue": { "Timeout": "7s" }, "TimeoutProfile": "MachineLearning" },
              "Pools": { "a": { "Adapter": "a.py", "TimeoutProfile": "LowLatency" }, "b": { "Adapter": "b.py" } } }
            """));

        IReadOnlyDictionary<string, PoolOptions> pools = builder.Build().Pools;

        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(5)), (pools["a"].Queue.Timeout, pools["a"].Call.Timeout));
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromMinutes(15)), (pools["b"].Queue.Timeout, pools["b"].Call.Timeout));
    }

    [Fact]
    public void Profile_unknown_one_is_refused_with_the_names_there_are()
    {
        SnakepitRuntimeBuilder builder = new();
        builder.UseConfiguration(Sections.Snakepit("""{ "Pools": { "a": { "Adapter": "a.py", "TimeoutProfile": "LowLatencyy" } } }"""));

        string problem = Assert.Throws<SnakepitConfigurationException>(() => builder.Build()).Message;

        Assert.Contains("Balanced, LowLatency, MachineLearning, Batch, Development", problem, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'LowLatency'?", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Profile_callers_that_wait_for_room_wait_without_a_limit()
    {
        var options = new PoolOptions { TimeoutProfile = TimeoutProfile.LowLatency, Queue = { WhenFull = QueueFullMode.Wait } };

        Assert.Equal(Timeout.InfiniteTimeSpan, options.Queue.Timeout);
    }
}
