namespace Snakepit;

/// <summary>The timeouts that a pool has unless its options set them, by its profile. All groups of one pool's options share it.</summary>
internal sealed class TimeoutDefaults
{
    private static readonly TimeSpan s_infinite = Timeout.InfiniteTimeSpan;

    public TimeoutProfile Profile { get; set; }

    public TimeSpan Call => Of(Seconds(60), Seconds(5), Minutes(15), Hours(1), Minutes(15));

    public TimeSpan StreamIdle => Of(Seconds(300), Seconds(30), Hours(1), s_infinite, Hours(1));

    public TimeSpan CancelGrace => Of(Seconds(2), Milliseconds(500), Seconds(10), Seconds(30), Seconds(10));

    public TimeSpan Queue => Of(Seconds(5), Milliseconds(500), Seconds(60), Minutes(5), Seconds(60));

    public TimeSpan Boot => Of(Seconds(30), Seconds(15), Minutes(5), Minutes(5), Minutes(2));

    public TimeSpan Drain => Of(Seconds(30), Seconds(10), Minutes(15), Hours(1), Seconds(30));

    public TimeSpan Liveness => Of(Seconds(10), Seconds(2), Seconds(30), Seconds(60), Minutes(5));

    public TimeSpan SessionMove => Of(Seconds(10), Seconds(2), Seconds(60), Minutes(5), Seconds(60));

    /// <summary>An unknown profile has the defaults; the validator refuses it.</summary>
    private TimeSpan Of(TimeSpan balanced, TimeSpan lowLatency, TimeSpan machineLearning, TimeSpan batch, TimeSpan development) =>
        Profile switch
        {
            TimeoutProfile.LowLatency => lowLatency,
            TimeoutProfile.MachineLearning => machineLearning,
            TimeoutProfile.Batch => batch,
            TimeoutProfile.Development => development,
            _ => balanced,
        };

    private static TimeSpan Milliseconds(int count) => TimeSpan.FromMilliseconds(count);

    private static TimeSpan Seconds(int count) => TimeSpan.FromSeconds(count);

    private static TimeSpan Minutes(int count) => TimeSpan.FromMinutes(count);

    private static TimeSpan Hours(int count) => TimeSpan.FromHours(count);
}
