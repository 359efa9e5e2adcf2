namespace Snakepit.Calls;

/// <summary>Who uses the data of a session, and its names. Under the pool's lock.</summary>
internal sealed class SessionDataUse
{
    private HashSet<string>? _names; // null while nothing was written, so that the store does not know the session
    private int _users;
    private bool _isOver;

    /// <summary>Begins a use, if the session has not ended.</summary>
    public bool TryBegin()
    {
        _users += _isOver ? 0 : 1;
        return !_isOver;
    }

    /// <summary>Ends a use.</summary>
    /// <returns>Whether the values are to be removed now.</returns>
    public bool Leave() => --_users == 0 && _isOver && _names is not null;

    /// <summary>The session has ended.</summary>
    /// <returns>Whether the values are to be removed now.</returns>
    public bool End()
    {
        bool isFirst = !_isOver;
        _isOver = true;
        return isFirst && _users == 0 && _names is not null;
    }

    /// <summary>A value is about to be written.</summary>
    /// <returns>Whether there may be that name.</returns>
    public bool TryName(string name, int most)
    {
        _names ??= new HashSet<string>(StringComparer.Ordinal);
        return _names.Contains(name) || (_names.Count < most && _names.Add(name));
    }

    /// <summary>There is no value of that name.</summary>
    public void Forget(string name) => _names?.Remove(name);
}
