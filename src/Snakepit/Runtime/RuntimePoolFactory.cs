using System.Security.Cryptography;
using Snakepit.Configuration;
using Snakepit.Pools;
using Snakepit.Values;

namespace Snakepit.Runtime;

/// <summary>Creates the pools of a runtime.</summary>
internal sealed class RuntimePoolFactory(RuntimeTelemetry telemetry, PoolServices services, ValueCodecs codecs)
{
    /// <summary>Creates a pool, with retries and a circuit breaker around its calls.</summary>
    public ResilientCalls Create(string name, PoolOptions options)
    {
        var reporter = new PoolReporter(name, services.Time, telemetry.Logger, telemetry.Python, telemetry.Metrics, telemetry.Events);
        ulong seed = (ulong)RandomNumberGenerator.GetInt32(int.MaxValue);
        var pool = new WorkerPool(name, SettingsOf(options), services, reporter, seed);
        return new ResilientCalls(pool, reporter, services.Time);
    }

    /// <summary>
    /// Returns the settings that a reload puts in force: what only another start of the host changes stays as it is, and so does what code
    /// alone can set.
    /// </summary>
    /// <param name="next">The options that the reload has read. They are left alone.</param>
    /// <param name="inForce">The options in force.</param>
    public PoolSettings Adapt(PoolOptions next, PoolOptions inForce)
    {
        var options = new PoolOptions { Pipeline = inForce.Pipeline, Session = { Store = inForce.Session.Store } };
        foreach (Option<PoolOptions> option in PoolOptionTable.Table.All)
        {
            option.Copy(option.Effect == ReloadEffect.Restart ? inForce : next, options);
        }
        options.Recycle.Policies.AddRange(inForce.Recycle.Policies);
        options.Tools.TakeFrom(inForce.Tools);
        return SettingsOf(options);
    }

    private PoolSettings SettingsOf(PoolOptions options) =>
        new(options, PoolOptionTable.Table.Describe(options), codecs.For(options.Values));
}
