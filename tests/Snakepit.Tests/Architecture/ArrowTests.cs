using System.Reflection;

namespace Snakepit.Tests.Architecture;

[Trait("Rule", "A1")]
public sealed class ArrowTests
{
    // The root namespace holds two things. All rooms may use its vocabulary (options, exceptions, snapshots), so arrows to it are not
    // listed. Only the root and Hosting may use its entry points (s_entryPoints).
    private static readonly Dictionary<string, string[]> s_arrows = new()
    {
        [""] = ["Hosting", "Pools", "Calls", "Frames", "Lifecycle", "Workers", "Processes", "Transport", "Python", "Telemetry"],
        ["Hosting"] = ["Python", "Telemetry"],
        ["Pools"] =
        [
            "Pools.Kernel", "Calls", "Resilience", "Frames", "Lifecycle", "Workers", "Processes", "Transport", "Python", "Telemetry",
            "Threads",
        ],
        ["Pools.Kernel"] = ["Calls"],
        ["Calls"] = ["Frames"],
        ["Resilience"] = [],
        ["Lifecycle"] = ["Processes", "Telemetry"],
        ["Workers"] = ["Calls", "Frames", "Processes", "Processes.Interop", "Transport", "Python", "Telemetry"],
        ["Processes"] = ["Processes.Interop", "Frames", "Python", "Telemetry"],
        ["Processes.Interop"] = [],
        ["Transport"] = ["Frames", "Telemetry"],
        ["Frames"] = [],
        ["Python"] = [],
        ["Telemetry"] = ["Threads"],
        ["Threads"] = [],
    };

    private static readonly string[] s_entryPoints = ["SnakepitRuntime", "SnakepitRuntimeBuilder"];

    private static readonly Assembly s_library = typeof(ISnakepit).Assembly;

    [Fact]
    public void Rooms_use_only_rooms_below_them()
    {
        Dictionary<string, string[]> arrows = s_arrows.ToDictionary(
            pair => pair.Key,
            pair => pair.Key.Length == 0 ? pair.Value : [.. pair.Value, ""]);

        AssertNone(new RoomMap("Snakepit", arrows).Violations(s_library.GetTypes()));
    }

    [Fact]
    public void Arrows_have_no_cycles() => Assert.Empty(new RoomMap("Snakepit", s_arrows).Cycles());

    [Fact]
    public void Entry_points_are_used_from_the_top_only()
    {
        IEnumerable<string> fromBelow =
            from type in s_library.GetTypes()
            where type.Namespace is { } name && name.StartsWith("Snakepit.", StringComparison.Ordinal) && name != "Snakepit.Hosting"
            from reference in TypeReferences.Of(type)
            where reference.To.Namespace == "Snakepit" && s_entryPoints.Contains(reference.To.Name)
            select reference.ToString();

        AssertNone(fromBelow);
    }

    [Fact]
    public void A_planted_upward_arrow_is_found_wherever_it_hides()
    {
        RoomMap map =
            new("Snakepit.Tests.Architecture.Planted", new Dictionary<string, string[]> { ["Upper"] = ["Lower"], ["Lower"] = [] });

        string[] found = [.. map.Violations([typeof(Planted.Lower.UpwardArrows), typeof(Planted.Upper.Top)])];

        Assert.All(found, violation => Assert.StartsWith("Lower may not use Upper", violation, StringComparison.Ordinal));
        string[] hidingPlaces = ["_field", "Parameter", "Returned", "Generic", "Tested", "Called", "Caught", "(declaration)"];
        Assert.All(
            hidingPlaces, place => Assert.Contains(found, violation => violation.Contains($".{place} ->", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_planted_unknown_room_is_found()
    {
        RoomMap map = new("Snakepit.Tests.Architecture.Planted", new Dictionary<string, string[]> { ["Upper"] = [] });

        Assert.Contains(
            "Snakepit.Tests.Architecture.Planted.Lower.UpwardArrows is in a room the map does not know",
            map.Violations([typeof(Planted.Lower.UpwardArrows)]));
    }

    [Fact]
    public void A_planted_cycle_is_found()
    {
        RoomMap map = new("Any", new Dictionary<string, string[]> { ["A"] = ["B"], ["B"] = ["C"], ["C"] = ["B"] });

        Assert.Equal(["B", "C"], map.Cycles());
    }

    /// <summary>Fails with all violations; Assert.Empty would truncate them.</summary>
    private static void AssertNone(IEnumerable<string> violations) => Assert.Equal("", string.Join(Environment.NewLine, violations));
}
