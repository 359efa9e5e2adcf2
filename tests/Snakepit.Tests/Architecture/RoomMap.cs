namespace Snakepit.Tests.Architecture;

/// <summary>Which rooms (namespaces) an assembly has, and which other rooms each may use.</summary>
internal sealed class RoomMap(string root, IReadOnlyDictionary<string, string[]> arrows)
{
    /// <summary>The references that go where no arrow goes, and the types in a room the map does not know.</summary>
    public IEnumerable<string> Violations(IEnumerable<Type> types) => types.Where(IsOurs).SelectMany(Violations).Distinct();

    /// <summary>The rooms that can reach themselves: calls that go down only leave none.</summary>
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

    /// <summary>The room with the longest name that holds the type; null when its first-level folder is no room.</summary>
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
