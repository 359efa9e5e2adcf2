using Snakepit.Pools;

namespace Snakepit.Tests.Pools;

/// <summary>The code of docs/incidents.md.</summary>
public sealed class IncidentSnippets
{
    [Fact]
    [Trait("Rule", "A6")]
    public async Task An_incident_is_a_file()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        string folder = Directory.CreateTempSubdirectory("snakepit-incident").FullName;
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        WorkerPool pool = fixture.Pool;

        // snippet: save
        string path = Path.Combine(folder, $"{pool.Name}-{Guid.NewGuid():n}.json");
        await File.WriteAllTextAsync(path, pool.DumpTrace(), cancellationToken);
        // end snippet

        Assert.Contains("\"Steps\":", await File.ReadAllTextAsync(path, cancellationToken), StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }
}
