using Snakepit.Hosting;

namespace Snakepit.Testing;

/// <summary>Puts fake workers in the place of Python processes. Everything else, from the queue to the shutdown, is what production runs.</summary>
public static class FakeWorkersExtensions
{
    /// <summary>All pools of this runtime have fake workers. <see cref="PoolOptions.Adapter"/> need not be set.</summary>
    /// <param name="builder">The runtime's builder.</param>
    /// <param name="workers">The fakes; for one runtime at a time.</param>
    public static SnakepitBuilder UseFakeWorkers(this SnakepitBuilder builder, FakeWorkers workers)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(workers);
        builder.Launcher = new FakeLauncher(workers);
        builder.DefaultAdapter = FakeLauncher.AdapterName;
        return builder;
    }

    /// <summary>All pools of this application have fake workers. <see cref="PoolOptions.Adapter"/> need not be set.</summary>
    /// <param name="builder">What AddSnakepit returned.</param>
    /// <param name="workers">The fakes; for one runtime at a time.</param>
    public static ISnakepitBuilder UseFakeWorkers(this ISnakepitBuilder builder, FakeWorkers workers)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(workers);
        SnakepitRegistration registration = SnakepitRegistration.Find(builder.Services)
            ?? throw new InvalidOperationException("These services have no Snakepit yet: call AddSnakepit first.");
        registration.Configure(runtime => runtime.UseFakeWorkers(workers));
        return builder;
    }
}
