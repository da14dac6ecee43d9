"""The GAN: a torch core that imports nothing of ours, and a thin Django face (models, tasks, commands)."""
