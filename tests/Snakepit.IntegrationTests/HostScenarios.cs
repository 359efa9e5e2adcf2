namespace Snakepit.IntegrationTests;

/// <summary>What this program does as a host in a process of its own.</summary>
internal static class HostScenarios
{
    public const string Switch = "--host";

    public static Task<int> RunAsync(string scenario) => throw new NotImplementedException(scenario);
}
