namespace StreamingProgress;

/// <summary>What the training yields after each epoch.</summary>
internal sealed record Progress(int Epoch, int Epochs, double Loss);
