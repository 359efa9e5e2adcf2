using Snakepit.Hosting;

namespace Snakepit.Testing;

/// <summary>Replaces Python processes by fake workers. Everything else, from the queue to the shutdown, is the code that runs in
/// production.</summary>
public static class FakeWorkersExtensions
{
    /// <summary>Gives all pools of the runtime fake workers. <see cref="PoolOptions.Adapter"/> need not be set.</summary>
    /// <param name="builder">The runtime's builder.</param>
    /// <param name="workers">The fake workers. One object serves one runtime at a time.</param>
    public static SnakepitRuntimeBuilder UseFakeWorkers(this SnakepitRuntimeBuilder builder, FakeWorkers workers)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(workers);
        builder.Starter = new FakeStarter(workers);
        builder.DefaultAdapter = FakeStarter.AdapterName;
        return builder;
    }

    /// <summary>Gives all pools of the application fake workers. <see cref="PoolOptions.Adapter"/> need not be set.</summary>
    /// <param name="builder">The builder that AddSnakepit returned.</param>
    /// <param name="workers">The fake workers. One object serves one runtime at a time.</param>
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
