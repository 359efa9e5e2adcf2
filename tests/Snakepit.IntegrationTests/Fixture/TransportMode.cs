namespace Snakepit.IntegrationTests.Fixture;

/// <summary>The mode of the transport between host and workers. The whole set of tests runs once in each mode.</summary>
internal static class TransportMode
{
    /// <summary>
    /// The trait of test classes whose subject is the same in both modes.
    /// A class with the value <see cref="Native"/> runs in the native mode only.
    /// </summary>
    public const string Trait = "Mode";

    public const string Native = "Native";

    /// <summary>The value 1 selects the portable mode: sockets, no shared page, and JSON.</summary>
    private const string Variable = "SNAKEPIT_TEST_PORTABLE";

    public static bool IsPortable { get; } = Environment.GetEnvironmentVariable(Variable) == "1";
}
