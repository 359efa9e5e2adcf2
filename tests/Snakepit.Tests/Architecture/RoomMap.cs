namespace Snakepit.Tests.Architecture;

/// <summary>Holds the rooms (namespaces) of an assembly, and for each room the rooms that it may use.</summary>
internal sealed class RoomMap(string root, IReadOnlyDictionary<string, string[]> arrows)
{
    /// <summary>Returns the references that no arrow permits, and the types whose room the map does not contain.</summary>
    public IEnumerable<string> Violations(IEnumerable<Type> types) => types.Where(IsOurs).SelectMany(Violations).Distinct();

    /// <summary>Returns the rooms that can reach themselves. A map whose arrows only go down has none.</summary>
    public IEnumerable<string> Cycles() => arrows.Keys.Where(room => Reach(room).Contains(room));

    private IEnumerable<string> Violations(Type type)
    {
        if (RoomOf(type) is not { } room)
        {
            return [$"{type.FullName} is in a room the map does not know"];
        }
        return from reference in TypeReferences.Of(type)
               where IsOurs(reference.To)
               let target = RoomOf(reference.To)
               where target is not null && target != room && !arrows[room].Contains(target)
               select $"{room} may not use {target}: {reference}";
    }

    private bool IsOurs(Type type) => type.Namespace is { } name && (name == root || name.StartsWith(root + ".", StringComparison.Ordinal));

    /// <summary>Returns the room with the longest name that contains the type; null when its first-level folder is no room.</summary>
    private string? RoomOf(Type type)
    {
        string inner = type.Namespace!.Length == root.Length ? "" : type.Namespace[(root.Length + 1)..];
        return arrows.Keys
            .Where(room => inner == room || (room.Length > 0 && inner.StartsWith(room + ".", StringComparison.Ordinal)))
            .MaxBy(room => room.Length);
    }

    private HashSet<string> Reach(string from)
    {
        HashSet<string> seen = [];
        Stack<string> open = new(arrows[from]);
        while (open.TryPop(out string? room))
        {
            if (seen.Add(room))
            {
                Array.ForEach(arrows[room], open.Push);
            }
        }
        return seen;
    }
}
